import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Case, question, type Suite } from '../../src/evals/case.ts';
import { drawn } from '../../src/evals/run/plan.ts';
import { chat, json, type Script, sse } from './upstream.ts';

/** A model of known quality: how often it gives a case's reference, else one of its wrong answers. By name, as clients ask for it. */
export type Qualities = Readonly<Record<string, number>>;

interface Body {
  model: string;
  stream?: boolean;
  seed?: number;
  messages: { content: string }[];
}

/**
 * Answers the cases of suites as models of known quality would: the same answer to the same question and seed, each model by its own chance.
 * @param tokens of each answer, as it reports them
 */
export function candidates(
  suites: readonly Pick<Suite, 'cases'>[],
  qualities: Qualities,
  { tokens = { input: 200, output: 100 }, delayMs = 0 }: { tokens?: { input: number; output: number }; delayMs?: number } = {},
): Script {
  const cases = new Map<string, Case>(suites.flatMap((suite) => suite.cases.map((it) => [question(it), it] as const)));
  return async (response, seen) => {
    const { model, stream, seed = 0, messages } = JSON.parse(seen.body) as Body;
    const asked = messages.map(({ content }) => content).join('\n');
    const it = cases.get(asked);
    if (!it || qualities[model] === undefined) return json(400, { error: { message: `${model} knows no such case` } })(response, seen);
    if (delayMs) await new Promise((done) => setTimeout(done, delayMs));
    const isRight = drawn(seed, `${model} ${it.id}`) < qualities[model];
    const wrong = it.wrong[Math.floor(drawn(seed, `which ${model} ${it.id}`) * it.wrong.length)] ?? 'I do not know.';
    const text = isRight ? it.reference! : wrong;
    const usage = { prompt_tokens: tokens.input, completion_tokens: tokens.output, total_tokens: tokens.input + tokens.output };
    const whole = { id: 'c', created: 1, model, usage };
    if (!stream) {
      const choice = { index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' };
      return json(200, { ...whole, object: 'chat.completion', choices: [choice] })(response, seen);
    }
    const last = `data: ${JSON.stringify({ ...whole, object: 'chat.completion.chunk', choices: [] })}\n\n`;
    return sse([chat.start(), chat.text(text), chat.stop(), last, chat.done])(response, seen);
  };
}

/** Writes a suite of questions whose answers are known, of two classes in turn. @param to its folder */
export function writeSums(to: string, count: number): void {
  const cases = Array.from({ length: count }, (_, n) => ({
    id: `sum-${n}`,
    task: n % 2 ? 'quick_chat' : 'documentation',
    prompt: `What is ${n} + ${n}?`,
    number: { is: 2 * n },
    reference: `It is ${2 * n}.`,
    wrong: [`It is ${2 * n + 1}.`, 'I do not know.'],
  }));
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, 'suite.yaml'), 'name: sums\nversion: 1\n');
  writeFileSync(join(to, 'cases.yaml'), JSON.stringify({ cases }));
}
