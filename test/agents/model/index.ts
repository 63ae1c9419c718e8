import { anthropic } from './anthropic.ts';
import { bedrock } from './bedrock.ts';
import { gemini } from './gemini.ts';
import { ollama } from './ollama.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import type { Upstream } from './turn.ts';

/** Who plays the coding model, by dialect. A dialect without a line here is skipped loudly. */
export const upstreams: Readonly<Record<string, Upstream>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  anthropic,
  ollama,
  gemini,
  bedrock,
};
