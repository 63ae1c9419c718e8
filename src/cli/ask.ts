import { text as readAll } from 'node:stream/consumers';
import type { Flags } from '../config/load.ts';
import { type Outside, outbound } from '../gateway.ts';
import { Fold } from '../protocol/fold.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { AUTO } from '../providers/resolve.ts';
import { load } from './prepare.ts';
import { startGateway, wayOut } from './run.ts';
import { paint, type Shell, say, tell } from './shell.ts';
import { findGateway } from './survey.ts';

export interface AskFlags extends Flags {
  /** The model's name as clients write it. */
  use?: string;
  system?: string;
  json?: boolean;
  pull: boolean;
}

/** `freehold ask "…"`: streams an answer to stdout, from the gateway that runs, else from one of its own. */
export async function ask(shell: Shell, words: readonly string[], flags: AskFlags): Promise<number> {
  const question = [words.join(' '), shell.stdin.isTTY ? '' : (await readAll(shell.stdin)).trimEnd()].filter(Boolean).join('\n\n');
  if (!question) {
    tell(shell, 'There is no question. Write it behind ask, or pipe it in: git diff | freehold ask "Review this."');
    return 2;
  }
  const stopping = new AbortController();
  const off = shell.onStop(() => stopping.abort());
  const outside = outbound(shell.env);
  try {
    const prompt = promptOf(question, flags);
    const url = await findGateway(load(shell, flags).config, outside);
    if (url) await answer(shell, outside.ask(url, shell.env['FREEHOLD_KEY']?.trim(), prompt, stopping.signal), flags);
    else await answerHere(shell, outside, prompt, flags, stopping.signal);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 130;
    throw error;
  } finally {
    off();
    await outside.close();
  }
}

function promptOf(question: string, { use = AUTO, system }: AskFlags): Prompt {
  const instructions: Prompt['turns'] = system ? [{ role: 'system', blocks: [{ kind: 'text', text: system }] }] : [];
  return {
    dialect: '',
    model: use,
    stream: true,
    turns: [...instructions, { role: 'user', blocks: [{ kind: 'text', text: question }] }],
    tools: [],
    sampling: {},
    streamUsage: true,
  };
}

/** No gateway runs: one is started for this question, for this process alone. */
async function answerHere(shell: Shell, outside: Outside, prompt: Prompt, flags: AskFlags, signal: AbortSignal): Promise<void> {
  const running = await startGateway(shell, {
    flags,
    mayFetch: flags.pull,
    adjust: (config) => ({
      ...config,
      data: undefined,
      keys: {},
      server: { ...config.server, host: '127.0.0.1', port: 0, drainSeconds: 0 },
    }),
  });
  try {
    const stopped = new Promise<'stopped'>((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }));
    const state = await Promise.race([running.able, stopped]);
    signal.throwIfAborted();
    if (state === 'failed') throw new Error(`nothing can answer.\n${wayOut()}`);
    await answer(shell, outside.ask(running.gateway.url, undefined, prompt, signal), flags);
  } finally {
    await running.close();
  }
}

/** Prints text as it comes; thoughts go to the terminal only, dimmed. */
async function answer(shell: Shell, parts: ReturnType<Outside['ask']>, { json }: AskFlags): Promise<void> {
  const fold = new Fold();
  const kinds = new Map<number, string>();
  let thinking = false;
  let last = '\n';
  try {
    for await (const part of parts) {
      fold.add(part);
      if (part.type === 'fault') throw part.error;
      if (json) continue;
      if (part.type === 'block-start') kinds.set(part.index, part.block.kind);
      if (part.type !== 'block-delta') continue;
      const kind = kinds.get(part.index);
      if (kind === 'reasoning' && shell.stderr.isTTY) {
        thinking = true;
        shell.stderr.write(paint(shell.stderr, 'dim', part.text));
      } else if (kind === 'text') {
        if (thinking) tell(shell, '\n');
        thinking = false;
        shell.stdout.write(part.text);
        last = part.text.at(-1) ?? last;
      }
    }
  } finally {
    // However it ended, what comes next begins on a line of its own.
    if (last !== '\n') say(shell);
  }
  const { reply } = fold;
  if (json) {
    const text = reply.blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');
    say(shell, JSON.stringify({ model: reply.model, text, finish: reply.finish?.reason, usage: reply.usage }));
    return;
  }
  if (reply.finish?.reason === 'length') tell(shell, '(The answer was cut: the model reached its limit.)');
}
