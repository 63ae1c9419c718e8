// Runs from a folder that has the AI SDK installed, which this project has not; hence no types here.
import { createAnthropic } from '@ai-sdk/anthropic';
import * as google from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import { apiKey, drive, model, picture, prompt, stream, tools, url } from './agent.ts';

const baseURL = `${url}/v1`;
const providers = {
  'openai-compatible': () => createOpenAICompatible({ name: 'freehold', baseURL, apiKey, includeUsage: true })(model),
  openai: () => createOpenAI({ baseURL, apiKey }).responses(model),
  anthropic: () => createAnthropic({ baseURL, apiKey })(model),
  google: () => (google.createGoogle ?? google.createGoogleGenerativeAI)({ baseURL: `${url}/v1beta`, apiKey })(model),
};
const options = {
  openai: { store: false, reasoningSummary: 'auto', forceReasoning: true, include: ['reasoning.encrypted_content'] },
  anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } },
  google: { thinkingConfig: { includeThoughts: true } },
};

const messages = [
  {
    role: 'user',
    content: [
      { type: 'text', text: prompt },
      { type: 'image', image: Buffer.from(picture, 'base64'), mediaType: 'image/png' },
    ],
  },
];

await drive({
  async ask() {
    const request = {
      model: providers[process.env.AGENT_PROVIDER](),
      system: 'You are a coding agent.',
      messages,
      providerOptions: options,
      tools: Object.fromEntries(
        tools.map(({ name, description, schema }) => [name, tool({ description, inputSchema: jsonSchema(schema) })]),
      ),
    };
    let answer;
    if (stream) {
      let failure;
      answer = streamText({
        ...request,
        onError: ({ error }) => {
          failure = error;
        },
      });
      await answer.consumeStream();
      if (failure) throw failure;
    } else answer = await generateText(request);
    const [text, calls, response, usage, finish] = await Promise.all([
      answer.text,
      answer.toolCalls,
      answer.response,
      answer.usage,
      answer.finishReason,
    ]);
    if (finish !== 'stop' && finish !== 'tool-calls') throw new Error(`the answer ended with ${finish}`);
    messages.push(...response.messages);
    return {
      text,
      calls: calls.map((call) => ({ id: call.toolCallId, name: call.toolName, arguments: call.input })),
      promptTokens: usage.inputTokens,
    };
  },
  give(results) {
    messages.push({
      role: 'tool',
      content: results.map(({ call, output }) => ({
        type: 'tool-result',
        toolCallId: call.id,
        toolName: call.name,
        output: { type: 'text', value: output },
      })),
    });
  },
});
