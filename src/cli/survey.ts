import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { weightsDir } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { findPulled } from '../engines/pull.ts';
import { parseSource } from '../engines/source.ts';
import { Gateway, type Outside } from '../gateway.ts';
import type { PriceView } from '../http/contract.ts';
import type { Zone } from '../protocol/zone.ts';
import { rowNamed } from '../providers/catalogue.ts';
import type { ProviderState } from '../providers/registry.ts';
import { address, type World } from '../providers/resolve.ts';
import { read } from './prepare.ts';
import type { Shell } from './shell.ts';

/** A model as it stands. */
export interface Row {
  address: string;
  /** Where it runs: a host, or this machine. */
  at: string;
  zone: Zone;
  /** Tokens. */
  window?: number;
  /** By tokens, by time, or nobody knows. */
  pricing: PriceView['kind'];
  price?: NonNullable<PriceView['price']>;
  healthy: boolean;
  /** Why not. */
  reason?: string;
  /** Whether what the catalogue says of its provider was tried against the real thing. */
  tried?: boolean;
}

export interface Survey {
  /** With the engines as providers whose list is not known. */
  world: World;
  states: ProviderState[];
  models: Row[];
  engines: EngineRow[];
}

export interface EngineRow extends Row {
  name: string;
  /** Where its weights are: on this machine, to be fetched, or at a path where there is nothing. */
  weights: 'here' | 'to fetch' | 'missing';
}

/** Asks all providers what they serve, without starting a server or an engine. */
export async function survey(shell: Shell, config: Config, outside: Outside): Promise<Survey> {
  const gateway = new Gateway({ config: { ...config, engines: {} }, env: shell.env });
  try {
    await gateway.apply({ ...config, engines: {} });
    const world = gateway.registry.world();
    const states = gateway.registry.states();
    const engines = await surveyEngines(shell, config, outside);
    const prices = await pricesOf(gateway);
    const models = world.models.map((model): Row => {
      const { zone, healthy } = model;
      const { kind: pricing = 'unpriced', price, window } = prices.get(address(model)) ?? {};
      const reason = healthy ? undefined : states.find((state) => state.name === model.provider)?.reason;
      const { url, use } = config.providers[model.provider]!;
      const tried = rowNamed(use)?.tried;
      return {
        address: address(model),
        at: new URL(url).host,
        zone,
        window: window ?? undefined,
        pricing,
        price: price ?? undefined,
        healthy,
        reason,
        tried,
      };
    });
    const hosted = engines.map(({ name, zone, healthy, reason }) => ({ name, zone, healthy, reason, complete: false }));
    return { world: { ...world, providers: [...hosted, ...world.providers] }, states, models, engines };
  } finally {
    await gateway.close();
  }
}

/** What models cost, by address. */
async function pricesOf({ admin }: Gateway): Promise<Map<string, PriceView>> {
  const { body } = await admin.handle({ method: 'GET', path: '/admin/api/prices', query: new URLSearchParams(), actor: 'survey' });
  return new Map((body as { prices: PriceView[] }).prices.map((view) => [view.address, view]));
}

/**
 * Engines run inside a gateway: what they do is known to the one that is running, if there is one, and it may run some that the
 * configuration does not name (`up --model`).
 */
async function surveyEngines(shell: Shell, config: Config, outside: Outside): Promise<EngineRow[]> {
  const url = await findGateway(config, outside);
  const key = shell.env['FREEHOLD_KEY']?.trim();
  const ask = (path: string) => read(outside, url + path, key ? { authorization: `Bearer ${key}` } : {}).catch(() => undefined);
  const [readiness, listing] = url ? await Promise.all([ask('/readyz'), ask('/v1/models')]) : [];
  const states = (inside(readiness, 'engines') ?? {}) as Record<string, EngineState>;
  const listed = (inside(listing, 'data') ?? []) as readonly { id: string }[];
  const names = [...new Set([...Object.keys(config.engines), ...Object.keys(states)])];
  return Promise.all(
    names.map(async (name): Promise<EngineRow> => {
      const setting = config.engines[name];
      const { path, weights } = setting ? await findWeights(shell, setting.model) : { path: undefined, weights: 'here' as const };
      const known = listed.find(({ id }) => id.startsWith(`${name}/`))?.id;
      const state = states[name];
      const healthy = state?.kind === 'ready';
      const reason = state ? (state.reason ?? state.kind) : 'no gateway is running; start it with "freehold up"';
      return {
        name,
        address: known ?? `${name}/${path ? basename(path).replace(/\.gguf$/i, '') : '…'}`,
        at: 'this machine',
        zone: 'own',
        pricing: 'time',
        window: state?.facts?.contextTokens ?? setting?.context,
        healthy,
        reason: healthy ? undefined : reason,
        weights,
      };
    }),
  );
}

async function findWeights(shell: Shell, model: string): Promise<{ path?: string; weights: EngineRow['weights'] }> {
  if (parseSource(model).kind === 'file') return { path: model, weights: existsSync(model) ? 'here' : 'missing' };
  const pulled = await findPulled(model, weightsDir(shell.env));
  return { path: pulled?.path, weights: pulled ? 'here' : 'to fetch' };
}

interface EngineState {
  kind: string;
  reason?: string;
  facts?: { contextTokens?: number };
}

function inside(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
}

/** The address under which programs on this machine reach a gateway of this configuration. */
export function localUrl({ server: { host, port } }: Config): string {
  const name =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** The address of the gateway that runs with this configuration; undefined when none answers there. */
export async function findGateway(config: Config, outside: Outside): Promise<string | undefined> {
  if (config.server.port === 0) return undefined;
  const url = localUrl(config);
  const health = await read(outside, `${url}/healthz`).catch(() => undefined);
  return inside(health, 'status') === 'ok' ? url : undefined;
}
