import { estimatePrompt } from '../../protocol/estimate.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { TASKS, type Task } from '../../tasks/task.ts';

/** Tokens from which on a prompt is long. */
const LONG = 32_000;

/** What a prompt needs, whatever its class of work: nobody is sure of that, and so it is routed up. */
export function workOf(prompt: Prompt): Task {
  const size = estimatePrompt(prompt);
  const tools = prompt.tools.length > 0;
  const vision = prompt.turns.some(({ blocks }) => blocks.some((block) => block.kind === 'media' && block.media === 'image'));
  const json = prompt.output !== undefined && prompt.output.kind !== 'text';
  const likely = TASKS.length - 1;
  return {
    class: tools ? 'agent_run' : 'quick_chat',
    probabilities: TASKS.map((name) => (name === 'embedding' ? 0 : 1 / likely)),
    unsure: true,
    complexity: Math.min(1, Math.log10(1 + size) / 5),
    size,
    needs: { tools, vision, json, longContext: size > LONG },
    importance: 1,
    evidence: [],
  };
}
