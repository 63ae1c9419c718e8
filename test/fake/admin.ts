import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { post } from './call.ts';
import { startGateway } from './start.ts';
import { chat, FakeUpstream, json } from './upstream.ts';

const ASK = { model: 'up/fake', max_tokens: 2, messages: [{ role: 'user', content: 'hi' }] };

export interface Reply {
  status: number;
  headers: Headers;
  /** Fields that answers of one kind or another have; the contract judges the whole. */
  body: {
    key: string;
    id: string;
    token: string;
    state: string;
    expires: string;
    keys: unknown[];
    exchanges: unknown[];
    info: { spend: number; blocked: boolean };
    error: { message: string };
  };
}

/** A gateway with a data folder and a vendor that answers for 9 microdollars, and who asks its admin API. */
export async function adminWorld(stops: (() => unknown)[], settings: Record<string, unknown> = {}, env: NodeJS.ProcessEnv = {}) {
  const data = mkdtempSync(join(tmpdir(), 'freehold-admin-'));
  const up = await FakeUpstream.start(json(200, chat.whole('ok')));
  const models = { fake: { price: { input: 1, output: 2 } }, free: null };
  const providers = { up: { dialect: 'openai-chat', url: up.url, zone: 'vendor', models } };
  const started = await startGateway({ data, providers, ...settings }, [], env);
  let isOpen = true;
  const close = async () => {
    if (isOpen) await started.gateway.close();
    isOpen = false;
  };
  stops.push(
    () => rmSync(data, { recursive: true, force: true }),
    () => up.stop(),
    close,
  );
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(started.url + path, { method, ...sent, headers: { 'content-type': 'application/json', ...headers } });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Reply['body'] };
  };
  const ask = (key: string, more: object = {}) =>
    post(`${started.url}/v1/chat/completions`, { ...ASK, ...more }, { authorization: `Bearer ${key}` });
  return { ...started, up, data, call, ask, close };
}
