import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Swap } from '../../src/policy/swap.ts';
import { post } from './call.ts';
import { startGateway } from './start.ts';
import { chat, FakeUpstream, json, type Script } from './upstream.ts';

/** A vendor's model, whose place one of our own is to take, behind a gateway with a data folder. */
export async function swapWorld(
  stops: (() => unknown)[],
  settings: Record<string, unknown> = {},
  scripts: { old?: Script; new?: Script } = {},
) {
  const data = typeof settings['data'] === 'string' ? settings['data'] : mkdtempSync(join(tmpdir(), 'freehold-swap-'));
  const far = await FakeUpstream.start(scripts.old ?? json(200, chat.whole('from far')));
  const own = await FakeUpstream.start(scripts.new ?? json(200, chat.whole('from home')));
  const providers = {
    far: {
      dialect: 'openai-chat',
      url: far.url,
      zone: 'vendor',
      models: { 'large-1': { context: 200_000, price: { input: 5, output: 25 } } },
    },
    own: { dialect: 'openai-chat', url: own.url, zone: 'own', models: { 'small-2': { context: 32_000 } } },
  };
  const started = await startGateway({ providers, ...settings, data });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await started.gateway.close();
    isOpen = false;
  };
  stops.push(
    () => rmSync(data, { recursive: true, force: true }),
    () => far.stop(),
    () => own.stop(),
    close,
  );
  const admin = async (method: string, path: string, body?: unknown): Promise<Swap> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${started.url}/admin/api/swaps${path}`, {
      method,
      ...sent,
      headers: { 'content-type': 'application/json' },
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as Swap;
  };
  const swap = (more: object = {}) => admin('POST', '', { from: 'far/large-1', to: 'own/small-2', approve: true, share: 1, ...more });
  return { ...started, far, own, data, providers, admin, swap, close };
}

type Message = Record<string, unknown>;
let conversations = 0;

/** Another conversation of a coding tool that names it. */
export function talk(url: string, model = 'far/large-1', text = 'Write the documentation of the function sum in src/sum.ts, please.') {
  const messages: Message[] = [{ role: 'user', content: text }];
  const headers = { 'x-freehold-session': `s${++conversations}` };
  /** The next turn, perhaps elsewhere; told who answered and why. */
  return async (more: { headers?: Record<string, string>; body?: object; say?: string; url?: string } = {}) => {
    if (more.say) messages.push({ role: 'assistant', content: 'Done.' }, { role: 'user', content: more.say });
    const answer = await post(`${more.url ?? url}/v1/chat/completions`, { model, messages, ...more.body }, { ...headers, ...more.headers });
    return { ...answer, model: answer.headers['x-freehold-model'], why: String(answer.headers['x-freehold-decision'] ?? '') };
  };
}

/** Says what a person thinks of an answer. */
export async function rate(url: string, { headers }: Awaited<ReturnType<ReturnType<typeof talk>>>, rating: 'good' | 'bad'): Promise<void> {
  await post(`${url}/v1/feedback`, { exchange: headers['x-freehold-request-id'], rating });
}
