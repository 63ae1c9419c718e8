import Anthropic from '@anthropic-ai/sdk';
import { apiKey, drive, model, picture, prompt, stream, tools, url } from './agent.ts';

const client = new Anthropic({ baseURL: url, apiKey });
const messages: Anthropic.MessageParam[] = [
  {
    role: 'user',
    content: [
      { type: 'text', text: prompt },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: picture } },
    ],
  },
];

await drive({
  async ask() {
    const request = {
      model,
      messages,
      max_tokens: 8000,
      system: 'You are a coding agent.',
      thinking: { type: 'enabled' as const, budget_tokens: 2000 },
      tools: tools.map(({ name, description, schema }) => ({ name, description, input_schema: schema })),
    };
    const answer = stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
    messages.push({ role: 'assistant', content: answer.content });
    return {
      text: answer.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      calls: answer.content.flatMap((block) =>
        block.type === 'tool_use' ? [{ id: block.id, name: block.name, arguments: block.input }] : [],
      ),
      promptTokens: answer.usage.input_tokens,
    };
  },
  give(results) {
    messages.push({
      role: 'user',
      content: results.map(({ call, output }) => ({ type: 'tool_result', tool_use_id: call.id, content: output })),
    });
  },
});
