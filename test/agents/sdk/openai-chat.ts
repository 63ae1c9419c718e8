import OpenAI from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { apiKey, drive, model, picture, prompt, stream, tools, url } from './agent.ts';

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey });
const messages: ChatCompletionMessageParam[] = [
  { role: 'system', content: 'You are a coding agent.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: prompt },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${picture}` } },
    ],
  },
];

await drive({
  async ask() {
    const request = {
      model,
      messages,
      tools: tools.map(({ name, description, schema }) => ({
        type: 'function' as const,
        function: { name, description, parameters: { ...schema } },
      })),
    };
    const answer = stream
      ? await client.chat.completions.stream({ ...request, stream_options: { include_usage: true } }).finalChatCompletion()
      : await client.chat.completions.create(request);
    const { message } = answer.choices[0]!;
    messages.push(message);
    return {
      text: message.content ?? '',
      calls: (message.tool_calls ?? []).flatMap((call) =>
        call.type === 'function' ? [{ id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) }] : [],
      ),
      promptTokens: answer.usage?.prompt_tokens,
    };
  },
  give(results) {
    for (const { call, output } of results) messages.push({ role: 'tool', tool_call_id: call.id, content: output });
  },
});
