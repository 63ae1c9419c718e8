import { join } from 'node:path';
import { type Client, node, type Thoughts } from './client.ts';

/** @param script in the folder sdk; from the cache it runs as a copy beside its packages */
function sdk(name: string, label: string, speaks: string, pack: string, thoughts: Thoughts, folder?: string, provider = ''): Client {
  return {
    name,
    label,
    speaks,
    folder,
    package: pack,
    model: 'coder',
    kind: 'sdk',
    thoughts,
    command: ({ url, key, model, prompt, stream, installed, picture }) => ({
      ...node(folder ? join(installed, 'script', `${folder}.mjs`) : join(import.meta.dirname, 'sdk', `${speaks}.ts`), []),
      env: {
        AGENT_URL: url,
        AGENT_KEY: key,
        AGENT_MODEL: model,
        AGENT_PROMPT: prompt,
        AGENT_STREAM: stream ? 'yes' : 'no',
        AGENT_PICTURE: picture,
        AGENT_PROVIDER: provider,
        AI_SDK_LOG_WARNINGS: 'false',
        LANGCHAIN_TRACING_V2: 'false',
      },
    }),
  };
}

/** SDKs, each with a small agent around it. */
export const sdks: readonly Client[] = [
  sdk('sdk-openai-chat', 'openai (chat)', 'openai-chat', 'openai', 'all'),
  sdk('sdk-openai-responses', 'openai (responses)', 'openai-responses', 'openai', 'all'),
  sdk('sdk-anthropic', '@anthropic-ai/sdk', 'anthropic', '@anthropic-ai/sdk', 'all'),
  sdk('sdk-gemini', '@google/genai', 'gemini', '@google/genai', 'all'),
  sdk('sdk-ollama', 'ollama', 'ollama', 'ollama', 'on calls'),
  sdk(
    'ai-sdk-compatible',
    'AI SDK (openai-compatible)',
    'openai-chat',
    '@ai-sdk/openai-compatible',
    'on calls',
    'ai-sdk',
    'openai-compatible',
  ),
  sdk('ai-sdk-openai', 'AI SDK (openai)', 'openai-responses', '@ai-sdk/openai', 'all', 'ai-sdk', 'openai'),
  sdk('ai-sdk-anthropic', 'AI SDK (anthropic)', 'anthropic', '@ai-sdk/anthropic', 'all', 'ai-sdk', 'anthropic'),
  sdk('ai-sdk-google', 'AI SDK (google)', 'gemini', '@ai-sdk/google', 'all', 'ai-sdk', 'google'),
  sdk('langchain-openai', 'LangChain (openai, chat)', 'openai-chat', '@langchain/openai', 'none', 'langchain', 'openai'),
  sdk('langchain-responses', 'LangChain (openai, responses)', 'openai-responses', '@langchain/openai', 'none', 'langchain', 'responses'),
  sdk('langchain-anthropic', 'LangChain (anthropic)', 'anthropic', '@langchain/anthropic', 'all', 'langchain', 'anthropic'),
  sdk('langchain-ollama', 'LangChain (ollama)', 'ollama', '@langchain/ollama', 'none', 'langchain', 'ollama'),
];
