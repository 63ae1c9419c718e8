import { ownerOf } from '../exchange/recall.ts';
import type { Caller } from '../policy/caller.ts';
import type { Memory, MemoryQuestion } from '../protocol/memory.ts';
import type { AnswerStore } from '../responses/ports.ts';

/**
 * What a caller is told about a kept answer: JSON in the dialect's shape. An answer of another caller is not there.
 * @throws GatewayError for an id that is not kept
 */
export async function answerFrom(
  answers: AnswerStore,
  { memory, question }: { memory: Memory; question: MemoryQuestion },
  caller: Caller | undefined,
  query: URLSearchParams,
): Promise<unknown> {
  const owner = ownerOf(caller);
  const told = memory.tell(question, await answers.chain(owner, question.id), query);
  if (question.about === 'removal') await answers.remove(owner, question.id);
  return told;
}
