import { setImmediate as breathe } from 'node:timers/promises';
import { licenceOf, unlicensed } from '../../catalog/licence.ts';
import type { Hosted } from '../../engines/hosted.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { ServedModel } from '../../providers/resolve.ts';
import { TASKS } from '../../tasks/task.ts';
import { type ModelDetail, type ModelList, type ModelView, spanQuery } from '../contract.ts';
import { queryOf, read, type Step } from './call.ts';
import { expectationOf, verdictsOf } from './expectations.ts';
import { priceView } from './prices.ts';
import { shareOf, spanOf, type Uses, usesWithLatency } from './use.ts';

/** All that is served, own and rented: what it is, how it fares, what it did in a span, what is proven of it. */
export async function listModels(step: Step): Promise<ModelList> {
  const { parts } = step;
  const span = spanOf(read(spanQuery, queryOf(step)), parts.now());
  const uses = await usesWithLatency(parts.store, span);
  const { registry } = parts.scene;
  const models: ModelView[] = [];
  for (const [at, served] of registry.world().models.entries()) {
    if (at % 100 === 99) await breathe();
    models.push(modelView(served, step, uses));
  }
  const providers = registry.states().map(({ name, zone, healthy, reason = null, models: count, latency }) => ({
    name,
    zone,
    healthy,
    reason,
    models: count,
    latency_ms: latency === undefined ? null : Math.round(latency),
  }));
  return { ...span, models, providers };
}

/** One model by its address. */
export async function getModel(step: Step): Promise<ModelDetail> {
  const { parts, id } = step;
  const { scene, verdicts, store, now } = parts;
  const served = scene.registry.world().models.find(({ provider, model }) => `${provider}/${model}` === id);
  if (!served) throw new GatewayError('not-found', `no model has the address "${id}"; GET /admin/api/models lists all`, { field: 'id' });
  const uses = await usesWithLatency(store, spanOf(read(spanQuery, queryOf(step)), now()));
  const candidate = scene.candidates.of(served);
  const { desk } = scene.routing;
  const expectations = TASKS.map((task) => expectationOf(candidate, task, { desk, verdicts }, now()));
  return { ...modelView(served, step, uses), expectations };
}

export function modelView(served: ServedModel, { parts }: Step, uses: Uses): ModelView {
  const { scene, verdicts, store } = parts;
  const { provider, model, zone, loaded, healthy, listed, embeds = null, reasoning = null } = served;
  const address = `${provider}/${model}`;
  const candidate = scene.candidates.of(served);
  const { abilities, traits, dialect } = candidate;
  const hosted = scene.engines.get(provider);
  const state = scene.registry.world().providers.find(({ name }) => name === provider);
  const use = uses.ofModel(address);
  return {
    address,
    provider,
    model,
    zone,
    dialect: dialect.name,
    listed: listed === 'config' ? 'config' : 'discovered',
    healthy,
    reason: state?.reason ?? null,
    breaker: scene.resilience.health(address),
    loaded: hosted ? hosted.state.kind === 'ready' : loaded === undefined ? null : true,
    engine: hosted ? engineView(hosted) : null,
    abilities: { tools: abilities.tools ?? null, vision: abilities.vision ?? null, reasoning, embeddings: embeds },
    open: traits.open ?? null,
    released: traits.released ?? null,
    licence: licenceView(model, zone === 'vendor', scene.config().routing.licencesAgreed),
    price: priceView(candidate),
    speed: speedView(scene.routing.desk.speeds.of(address)),
    first_token: scene.resilience.ttft(address) ?? uses.firstTokens.get(address) ?? null,
    use: store ? { ...use, share: shareOf(use.exchanges, uses.all.exchanges) } : null,
    verdicts: verdictsOf(address, verdicts),
  };
}

function speedView(speed: ReturnType<Step['parts']['scene']['routing']['desk']['speeds']['of']>): ModelView['speed'] {
  return speed ? { first_ms: speed.firstMs, tokens_per_second: speed.tokensPerSecond ?? null, answers: speed.answers } : null;
}

function engineView({ state, config }: Pick<Hosted, 'state' | 'config'>): NonNullable<ModelView['engine']> {
  return {
    state: state.kind,
    progress: state.kind === 'loading' ? Math.min(1, Math.max(0, state.progress)) : null,
    reason: 'reason' in state ? (state.reason ?? null) : null,
    weights: config.model,
  };
}

/** Who rents a model runs nothing himself: there its licence bars nothing. */
function licenceView(model: string, isVendor: boolean, agreed: readonly string[]): ModelView['licence'] {
  const found = licenceOf(model);
  if (!found) return null;
  return { name: found.licence, self_hosting: found.selfHosting, barred: isVendor ? null : (unlicensed(model, agreed) ?? null) };
}
