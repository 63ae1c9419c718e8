import OpenAI from 'openai';
import type { ResponseInput, ResponseInputItem } from 'openai/resources/responses/responses';
import { apiKey, drive, model, picture, prompt, stream, tools, url } from './agent.ts';

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey });
const input: ResponseInput = [
  {
    role: 'user',
    content: [
      { type: 'input_text', text: prompt },
      { type: 'input_image', image_url: `data:image/png;base64,${picture}`, detail: 'auto' },
    ],
  },
];

await drive({
  async ask() {
    const request = {
      model,
      input,
      store: false,
      instructions: 'You are a coding agent.',
      reasoning: { effort: 'medium' as const, summary: 'auto' as const },
      include: ['reasoning.encrypted_content' as const],
      tools: tools.map(({ name, description, schema }) => ({
        type: 'function' as const,
        name,
        description,
        parameters: { ...schema },
        strict: false,
      })),
    };
    const answer = stream ? await client.responses.stream(request).finalResponse() : await client.responses.create(request);
    if (answer.status !== 'completed') throw new Error(`the response is ${answer.status}: ${answer.error?.message}`);
    input.push(...(answer.output as ResponseInputItem[]));
    return {
      text: answer.output_text,
      calls: answer.output.flatMap((item) =>
        item.type === 'function_call' ? [{ id: item.call_id, name: item.name, arguments: JSON.parse(item.arguments) }] : [],
      ),
      promptTokens: answer.usage?.input_tokens,
    };
  },
  give(results) {
    for (const { call, output } of results) input.push({ type: 'function_call_output', call_id: call.id, output });
  },
});
