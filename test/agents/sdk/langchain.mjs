// Runs from a folder that has LangChain installed, which this project has not; hence no types here.
import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOllama } from '@langchain/ollama';
import { ChatOpenAI } from '@langchain/openai';
import { apiKey, drive, model, picture, prompt, stream, tools, url } from './agent.ts';

const configuration = { baseURL: `${url}/v1` };
const models = {
  openai: () => new ChatOpenAI({ model, apiKey, configuration, streamUsage: true }),
  responses: () =>
    new ChatOpenAI({ model, apiKey, configuration, useResponsesApi: true, zdrEnabled: true, reasoning: { summary: 'auto' } }),
  anthropic: () =>
    new ChatAnthropic({ model, apiKey, anthropicApiUrl: url, maxTokens: 8000, thinking: { type: 'enabled', budget_tokens: 2000 } }),
  ollama: () => new ChatOllama({ model, baseUrl: url, headers: { authorization: `Bearer ${apiKey}` } }),
};

const image = `data:image/png;base64,${picture}`;
const messages = [
  new SystemMessage('You are a coding agent.'),
  new HumanMessage({
    content: [
      { type: 'text', text: prompt },
      { type: 'image_url', image_url: { url: image } },
    ],
  }),
];
const bound = models[process.env.AGENT_PROVIDER]().bindTools(
  tools.map(({ name, description, schema }) => ({ type: 'function', function: { name, description, parameters: schema } })),
);

await drive({
  async ask() {
    let answer;
    if (stream) for await (const chunk of await bound.stream(messages)) answer = answer ? answer.concat(chunk) : chunk;
    else answer = await bound.invoke(messages);
    if (answer.invalid_tool_calls?.length) throw new Error(`the calls ${JSON.stringify(answer.invalid_tool_calls)} cannot be read`);
    // An answer that broke off says no usage, and this SDK leaves that to its user.
    if (answer.usage_metadata) messages.push(answer);
    return {
      text: answer.text,
      calls: answer.tool_calls.map((call) => ({ id: call.id ?? '', name: call.name, arguments: call.args })),
      promptTokens: answer.usage_metadata?.input_tokens,
    };
  },
  give(results) {
    for (const { call, output } of results) messages.push(new ToolMessage({ content: output, tool_call_id: call.id, name: call.name }));
  },
});
