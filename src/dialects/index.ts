import type { Dialect, UpstreamDialect } from '../protocol/dialect.ts';
import type { Embeddings } from '../protocol/embedding.ts';
import { anthropic } from './anthropic/index.ts';
import { bedrock } from './bedrock/index.ts';
import { gemini } from './gemini/index.ts';
import { ollama } from './ollama/index.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

/** The dialects that clients speak. The first answers where a request shows none. */
export const dialects: readonly Dialect[] = [openaiChat, openaiResponses, anthropic, ollama, gemini];

/** The dialects that providers speak: those, and some that no client speaks to us. */
export const upstreamDialects: readonly UpstreamDialect[] = [...dialects, bedrock];

/** What our own engines speak. */
export const engineDialect: Dialect = openaiChat;

/** The verbs in which servers of a dialect make vectors, in whatever dialect's folder they stand. */
export function embeddingsOf({ embeds }: UpstreamDialect): Embeddings | undefined {
  return embeds === undefined ? undefined : dialects.find(({ embeddings }) => embeddings?.name === embeds)?.embeddings;
}
