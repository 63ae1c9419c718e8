import { type Case, tokensOf } from './cases.ts';
import type { Job, Measured } from './load.ts';
import { KEY, type Kind, load, modelFor, startTarget, type Upstream } from './targets.ts';

export interface RoundOptions {
  rounds: number;
  /** Seconds of full load a measurement. */
  seconds: number;
  /** Short warm-up: the figures then only show that the bench works. */
  quick: boolean;
  /** What the guards cost, instead of the floors. */
  guards?: boolean;
  /** Folder for CPU profiles of the gateway, one a case. */
  profile?: string;
}

/** One case on one target in one round. */
export interface Measurement extends Measured {
  case: string;
  target: Kind;
  round: number;
}

const KINDS: readonly Kind[] = ['raw', 'parse', 'freehold'];
const GUARDED: readonly Kind[] = ['raw', 'bare', 'guarded'];

/** A job of a case for a target. */
export function jobOf(one: Case, kind: Kind, port: number, { seconds, quick }: Pick<RoundOptions, 'seconds' | 'quick'>): Job {
  // A gateway runs for weeks: what is measured is compiled code, and more code takes longer to get there.
  const warm = quick ? 0.5 : 5;
  const beside = one.beside && { ...one.beside, model: modelFor(kind, one.beside.model), tokens: tokensOf(one.beside.model) };
  return {
    port,
    key: KEY,
    speech: one.speech,
    bytes: one.bytes,
    model: modelFor(kind, one.model),
    tokens: tokensOf(one.model),
    stream: one.stream,
    connections: one.connections,
    warm: one.opening && !quick ? one.opening : warm,
    alone: one.opening ? 0 : seconds / 2,
    full: seconds,
    beside,
    drain: false,
  };
}

/**
 * All cases on all targets, the targets in a new order in every round, so that whatever else the machine does meets each of them alike.
 * Every measurement has a process of its own: two starts of one program differ, and the median should be over starts too.
 */
export async function runRounds(
  cases: readonly Case[],
  upstream: Upstream,
  options: RoundOptions,
  tell: (line: string) => void,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const one of cases) {
    for (let round = 1; round <= options.rounds; round++) {
      for (const kind of shuffled(options.guards ? GUARDED : KINDS)) {
        const dir = kind === (options.guards ? 'bare' : 'freehold') && round === options.rounds ? options.profile : undefined;
        const target = await startTarget(kind, upstream, {
          profile: dir === undefined ? undefined : { dir, name: `${one.name}.cpuprofile` },
        });
        try {
          const measured = await load({ ...jobOf(one, kind, target.port, options), pid: target.pid, upstream: upstream.pid });
          measurements.push({ ...measured, case: one.name, target: kind, round });
          tell(`${one.name} ${round}/${options.rounds} ${kind}: ${measured.cpu.toFixed(3)} ms CPU an answer${troubles(measured)}`);
        } finally {
          await target.stop();
        }
      }
    }
  }
  return measurements;
}

/** Faults, and what the target said meanwhile. */
function troubles({ faults }: Measured): string {
  const all = Object.entries(faults).map(([fault, times]) => `${times} × ${fault}`);
  return all.length ? `, WRONG: ${all.join('; ')}` : '';
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
