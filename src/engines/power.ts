import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where Linux shows the energy counters of Intel and AMD processors (Documentation/power/powercap). Often for root only. */
const POWERCAP = '/sys/class/powercap';

/** What watts are read with; a test brings its own. */
export interface PowerSources {
  /** Folder of energy counters. */
  powercap: string;
  /** Watts of all graphics cards; undefined where there are none. */
  cards(): Promise<number | undefined>;
  /** Milliseconds, monotonic. */
  now(): number;
}

export const HERE: PowerSources = { powercap: POWERCAP, cards: cardWatts, now: () => performance.now() };

/** What was drawn between start and end. */
export interface Drawn {
  watts: number;
  /** What was read, e.g. `package-0 and graphics cards`. */
  source: string;
}

interface Counter {
  name: string;
  file: string;
  /** Microjoules at which it begins anew. */
  range: number;
}

/** How often cards are asked, in milliseconds; processors count by themselves. */
const EVERY = 500;

/** Watches what the machine draws until the returned function is called. That gives undefined where nothing can be read. */
export function watchPower(sources: PowerSources = HERE): () => Promise<Drawn | undefined> {
  const counters = countersIn(sources.powercap);
  const before = counters.map(({ file }) => energyIn(file));
  const began = sources.now();
  const seen: number[] = [];
  let asking: Promise<void> = Promise.resolve();
  const look = () => {
    asking = sources.cards().then((watts) => {
      if (watts === undefined) clearInterval(timer);
      else seen.push(watts);
    });
  };
  const timer = setInterval(look, EVERY).unref();
  look();
  return async () => {
    clearInterval(timer);
    const seconds = (sources.now() - began) / 1000;
    const joules = counters.map(({ file, range }, at) => {
      const [from, to] = [before[at], energyIn(file)];
      if (from === undefined || to === undefined) return undefined;
      // The counter turns over every few minutes under load.
      return (to >= from ? to - from : to + range - from) / 1e6;
    });
    await asking;
    const names = counters.flatMap(({ name }, at) => (joules[at] === undefined ? [] : name));
    const processors = joules.reduce<number>((sum, one) => sum + (one ?? 0), 0) / seconds;
    if (names.length === 0 && seen.length === 0) return undefined;
    const cards = seen.length ? seen.reduce((sum, watts) => sum + watts, 0) / seen.length : 0;
    return { watts: processors + cards, source: [...names, ...(seen.length ? ['graphics cards'] : [])].join(' and ') };
  };
}

/** Counters of the whole machine where there is one, else of each processor. */
function countersIn(folder: string): Counter[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const found = names.flatMap((entry): Counter[] => {
    const text = (file: string) => readFileSync(join(folder, entry, file), 'utf8').trim();
    try {
      const file = join(folder, entry, 'energy_uj');
      readFileSync(file);
      return [{ name: text('name'), file, range: Number(text('max_energy_range_uj')) }];
    } catch {
      return [];
    }
  });
  const whole = found.filter(({ name }) => name === 'psys');
  return whole.length ? whole : found.filter(({ name }) => name.startsWith('package'));
}

function energyIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** What NVIDIA's own tool says that its cards draw. */
async function cardWatts(): Promise<number | undefined> {
  const lines = await askCards('power.draw');
  const watts = lines.map(Number).filter((one) => Number.isFinite(one));
  return watts.length ? watts.reduce((sum, one) => sum + one, 0) : undefined;
}

/** Names of the graphics cards that NVIDIA's tool sees. */
export function cardNames(): Promise<string[]> {
  return askCards('name');
}

async function askCards(field: string): Promise<string[]> {
  try {
    const { stdout } = await run('nvidia-smi', [`--query-gpu=${field}`, '--format=csv,noheader,nounits'], { timeout: 5000 });
    return stdout
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  } catch {
    return [];
  }
}
