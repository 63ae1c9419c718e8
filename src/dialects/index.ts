import type { Dialect } from '../protocol/dialect.ts';
import { anthropic } from './anthropic/index.ts';
import { gemini } from './gemini/index.ts';
import { ollama } from './ollama/index.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

/** All dialects. The first answers where a request shows none. */
export const dialects: readonly Dialect[] = [openaiChat, openaiResponses, anthropic, ollama, gemini];

/** What our own engines speak. */
export const engineDialect: Dialect = openaiChat;
