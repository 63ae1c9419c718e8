import { type ChatResponse, type Message, Ollama } from 'ollama';
import { apiKey, drive, model, picture, prompt, stream, tools, url } from './agent.ts';

const client = new Ollama({ host: url, headers: { authorization: `Bearer ${apiKey}` } });
const messages: Message[] = [
  { role: 'system', content: 'You are a coding agent.' },
  { role: 'user', content: prompt, images: [picture] },
];

/** It does not repeat what was refused, so this does. */
async function answers(): Promise<AsyncIterable<ChatResponse> | ChatResponse[]> {
  const request = {
    model,
    messages,
    think: true,
    tools: tools.map(({ name, description, schema }) => ({ type: 'function', function: { name, description, parameters: { ...schema } } })),
  };
  return stream ? client.chat({ ...request, stream: true }) : [await client.chat({ ...request, stream: false })];
}

await drive({
  async ask() {
    const message: Message = { role: 'assistant', content: '', tool_calls: [] };
    let last: ChatResponse | undefined;
    for await (const line of await answers()) {
      message.content += line.message.content;
      message.thinking = (message.thinking ?? '') + (line.message.thinking ?? '');
      message.tool_calls!.push(...(line.message.tool_calls ?? []));
      last = line;
    }
    if (!last?.done) throw new Error('the answer ended without its last line');
    messages.push(message);
    return {
      text: message.content,
      calls: message.tool_calls!.map((call) => ({ id: '', name: call.function.name, arguments: call.function.arguments })),
      promptTokens: last.prompt_eval_count,
    };
  },
  give(results) {
    for (const { call, output } of results) messages.push({ role: 'tool', tool_name: call.name, content: output });
  },
});
