import { z } from 'zod';
import type { Reread } from '../../exchange/reread.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt, Tool, Turn } from '../../protocol/prompt.ts';

const call = z.object({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: z.string() }),
  z.object({ role: z.literal('user'), content: z.string() }),
  z.object({ role: z.literal('assistant'), content: z.string().nullable(), tool_calls: z.array(call).min(1).optional() }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string().min(1), content: z.string() }),
]);

/**
 * One conversation as fine-tuning takes it: the lines of a JSONL file, in the shape of
 * https://platform.openai.com/docs/api-reference/fine-tuning/chat-input, which other trainers read as well. Text only.
 */
export const exampleSchema = z.object({
  messages: z.array(message).min(2),
  tools: z
    .array(
      z.object({
        type: z.literal('function'),
        function: z.object({
          name: z.string(),
          description: z.string().optional(),
          parameters: z.record(z.string(), z.unknown()).optional(),
        }),
      }),
    )
    .min(1)
    .optional(),
});
export type Example = z.output<typeof exampleSchema>;

/** A prompt as a request of the dialect whose messages fine-tuning takes; handed in, because dialects are. */
export type Render = (prompt: Prompt) => { body: Json; notes: readonly Note[] };

/** A kept exchange as an example, its answer last; a sentence instead where it is none. */
export function exampleOf({ prompt, reply }: Reread, render: Render): Example | string {
  const reason = reply.finish?.reason;
  if (reason !== 'stop' && reason !== 'tool-calls') return `its answer ended for another reason than that it was finished`;
  if (dependsOnMore(prompt)) return 'it continues what is not in it, or is no conversation';
  const turns = [...prompt.turns, { role: 'assistant' as const, blocks: reply.blocks }];
  if (turns.some(({ blocks }) => blocks.some(holdsMore))) return 'it holds pictures, files or what its dialect alone knows';
  if (reply.blocks.some((block) => block.kind === 'text' && block.refusal)) return 'its answer declines';
  if (!reply.blocks.some((block) => block.kind === 'tool-call' || (block.kind === 'text' && block.text.trim() !== '')))
    return 'its answer holds no text and no call';
  const said = turns.map(bare).filter(({ blocks }) => blocks.length);
  const { body, notes } = render({
    dialect: '',
    model: prompt.model,
    stream: false,
    turns: said,
    tools: prompt.tools.flatMap(plain),
    sampling: {},
  });
  if (notes.some(({ action }) => action === 'refused')) return 'it continues what is not in it, or is no conversation';
  // Calls of the answer had no result yet: what stands in for one is no part of it.
  const messages = Array.isArray(body['messages']) ? body['messages'] : [];
  const read = exampleSchema.safeParse({ ...body, messages: messages.slice(0, messages.findLastIndex(isAnswer) + 1) });
  return read.success ? read.data : 'it does not fit the form';
}

function isAnswer(one: unknown): boolean {
  return (one as { role?: unknown } | null)?.role === 'assistant';
}

/** What another dialect would refuse to carry is not in the messages. */
function dependsOnMore({ rest = {}, meaning }: Prompt): boolean {
  return Object.entries(rest).some(([name, value]) => value !== null && value !== undefined && meaning?.has(name));
}

function holdsMore(block: Turn['blocks'][number]): boolean {
  return (
    block.kind === 'media' ||
    (block.kind === 'opaque' && block.text === undefined) ||
    (block.kind === 'tool-result' && block.content.some(holdsMore))
  );
}

/** Without what only its own dialect reads; thoughts are no part of an answer that others learn from. */
function bare({ role, blocks }: Turn): Turn {
  return { role, blocks: blocks.filter(({ kind }) => kind !== 'reasoning') };
}

function plain(tool: Tool): Tool[] {
  if (tool.kind !== 'function') return tool.kind === 'text' ? [tool] : [];
  const { kind, name, namespace, description, schema } = tool;
  return [
    {
      kind,
      name,
      ...(namespace !== undefined && { namespace }),
      ...(description !== undefined && { description }),
      ...(schema && { schema }),
    },
  ];
}
