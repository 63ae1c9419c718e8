import type { Block } from '../protocol/block.ts';
import type { Prompt, Turn } from '../protocol/prompt.ts';
import type { Reply } from '../protocol/reply.ts';

/**
 * What was said, as the GenAI conventions write it on spans: `gen_ai.system_instructions`, `gen_ai.input.messages` and
 * `gen_ai.output.messages`, each JSON. Pictures and recordings are named, never sent along.
 */
export function messagesOf({ prompt, reply }: { prompt: Pick<Prompt, 'turns'>; reply: Reply }): Record<string, string> {
  const system = prompt.turns.filter(({ role }) => role === 'system').flatMap(({ blocks }) => blocks.map(partOf));
  const input = prompt.turns
    .filter(({ role }) => role !== 'system')
    .map((turn) => ({ role: roleOf(turn), parts: turn.blocks.map(partOf) }));
  const output = [{ role: 'assistant', parts: reply.blocks.map(partOf), finish_reason: reply.finish?.reason ?? 'error' }];
  return {
    ...(system.length > 0 && { 'gen_ai.system_instructions': JSON.stringify(system) }),
    'gen_ai.input.messages': JSON.stringify(input),
    'gen_ai.output.messages': JSON.stringify(output),
  };
}

function roleOf({ role, blocks }: Turn): string {
  return blocks.length > 0 && blocks.every(({ kind }) => kind === 'tool-result') ? 'tool' : role;
}

function partOf(block: Block): Record<string, unknown> {
  switch (block.kind) {
    case 'text':
      return { type: 'text', content: block.text };
    case 'reasoning':
      return { type: 'reasoning', content: block.text };
    case 'tool-call':
      return { type: 'tool_call', id: block.id, name: block.name, arguments: block.arguments };
    case 'tool-result':
      return { type: 'tool_call_response', id: block.id, response: block.content.map(partOf) };
    case 'media':
      return { type: 'blob', modality: block.media };
    case 'opaque':
      return { type: block.label };
  }
}
