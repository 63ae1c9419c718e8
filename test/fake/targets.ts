import { type Started, startGateway } from './start.ts';
import { FakeUpstream, type Script } from './upstream.ts';

/** Several targets behind one gateway. */

const running: { stop(): Promise<void> }[] = [];
/** Stops all that was started. For `afterEach`. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((one) => one.stop()));
}

export interface World extends Started {
  ups: FakeUpstream[];
}

/** Upstreams `up0`, `up1` … that all serve `fake`; `auto` tries them in this order. */
export async function world(
  scripts: (Script | Script[])[],
  settings: Record<string, unknown> = {},
  provider: object[] = [],
): Promise<World> {
  const ups = await Promise.all(scripts.map((script) => FakeUpstream.start(...[script].flat())));
  const own = { dialect: 'openai-chat', zone: 'own', models: ['fake'] };
  const providers = Object.fromEntries(ups.map(({ url }, at) => [`up${at}`, { ...own, url, ...provider[at] }]));
  const started = await startGateway({ providers, ...settings });
  running.push({ stop: () => started.gateway.close() }, ...ups);
  return { ...started, ups };
}

let asked = 0;
/** A chat request; each is a conversation of its own. */
export const ask = (model: string, more: object = {}) => ({ model, messages: [{ role: 'user', content: `question ${asked++}` }], ...more });

/** Waits until it holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resume) => setTimeout(resume, 5));
}
