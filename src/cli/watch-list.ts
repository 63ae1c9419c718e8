import { allListed } from '../catalog/catalog.ts';
import { licenceOf } from '../catalog/licence.ts';
import { PRIORS } from '../catalog/success.ts';
import { type Flags, weightsDir } from '../config/load.ts';
import { memoryNeed } from '../engines/fit.ts';
import { allPulled } from '../engines/pull.ts';
import { type Choosing, wishes } from '../evals/watch/choose.ts';
import { type Fitting, fitting } from '../evals/watch/fitting.ts';
import type { WatchState } from '../evals/watch/state.ts';
import type { TaskClass } from '../tasks/task.ts';
import { percent } from './eval-tables.ts';
import { load } from './prepare.ts';
import { size } from './progress.ts';
import { paint, type Shell, say, table } from './shell.ts';

/** Weights that are named for a class of work. */
const MOST_FITTING = 3;
/** Tokens of the window with which it is judged whether weights fit. */
const WINDOW = 16_384;

interface ListFlags extends Pick<Flags, 'config'> {
  json?: boolean;
}

type World = Omit<Choosing, 'state' | 'now'>;

/** What is to be tried, what came of it so far, and weights that would be worth fetching. */
export async function watchList(shell: Shell, world: World, state: WatchState, flags: ListFlags): Promise<number> {
  const { json } = flags;
  const open = wishes({ ...world, state, now: Date.now() });
  const worth = worthFetching(world);
  const idle = await unserved(shell, flags);
  if (json) {
    say(
      shell,
      JSON.stringify({ candidates: open, trials: state.trials, events: state.events, fitting: Object.fromEntries(worth), unserved: idle }),
    );
    return 0;
  }
  const bold = (text: string) => paint(shell.stdout, 'bold', text);
  if (open.length === 0) say(shell, 'Nothing is left to try among the models that are served.');
  else
    say(
      shell,
      table([
        ['work', 'candidate', 'against', 'because'].map(bold),
        ...open.map(({ task, candidate, incumbent, why }) => [task, candidate, incumbent, why]),
      ]),
    );
  if (state.trials.length) {
    const rows = state.trials.map(({ task, candidate, incumbent, outcome, pairs, at, ended }) => [
      new Date(at).toISOString().slice(0, 10),
      task,
      candidate,
      incumbent,
      outcome ?? ended,
      String(pairs),
    ]);
    say(shell, `\n${table([['tried', 'work', 'candidate', 'against', 'outcome', 'cases'].map(bold), ...rows], [5])}`);
  }
  if (state.events.length)
    say(
      shell,
      `\n${bold('Told')}\n${state.events
        .slice(0, 10)
        .map(({ at, text }) => `  ${new Date(at).toISOString().slice(0, 10)}  ${text}`)
        .join('\n')}`,
    );
  if (idle.length)
    say(
      shell,
      `\n${bold('Pulled, and served by nobody')}\n${idle.map(({ name, bytes, licence }) => `  ${name}  ${size(bytes)}  ${licence ?? 'licence not known'}; an engine of the configuration makes it a candidate`).join('\n')}`,
    );
  if (worth.size)
    say(
      shell,
      `\n${bold('Open weights that would fit this machine, expected to do better than what runs on your own')}\n${fittingTable(worth)}`,
    );
  return 0;
}

/** Each of them once, with the classes that it is named for. */
function fittingTable(worth: ReadonlyMap<TaskClass, readonly Fitting[]>): string {
  const byName = Map.groupBy(
    [...worth].flatMap(([task, found]) => found.map((one) => ({ task, ...one }))),
    ({ name }) => name,
  );
  return table(
    [...byName].map(([name, [first, ...others]]) => [
      `  ${name}`,
      first!.licence,
      size(first!.needBytes),
      [first!, ...others].map(({ task, expected }) => `${task} ${percent(expected)}`).join(', '),
    ]),
    [2],
  );
}

/** Open weights that nobody serves here, that this machine could, and that promise more than what runs at home: by class of work. */
function worthFetching({ work, models, expected }: World): Map<TaskClass, Fitting[]> {
  const open = new Set(allListed().flatMap(({ name, open: isOpen }) => (isOpen ? [name] : [])));
  const tasks = [...new Set(work.filter(({ exchanges }) => exchanges > 0).map(({ task }) => task))];
  return new Map(
    tasks.flatMap((task): [TaskClass, Fitting[]][] => {
      const found = fitting(
        {
          open,
          licence: (name) => {
            const licence = licenceOf(name);
            return licence?.selfHosting ? licence.licence : undefined;
          },
          expected: (name) => PRIORS.of({ name, open: true }, task).mean,
          need: (fileBytes) => memoryNeed({ fileBytes, cacheWidth: undefined, contextTokens: undefined }, WINDOW, 1),
          availableBytes: process.availableMemory(),
          served: models.map(({ address }) => address.slice(address.indexOf('/') + 1)),
        },
        MOST_FITTING,
      );
      const best = Math.max(0, ...models.filter(({ zone }) => zone === 'own').map(({ address }) => expected(address, task)));
      const better = found.filter((one) => one.expected > best);
      return better.length ? [[task, better]] : [];
    }),
  );
}

/** Weights on this machine that no engine of the configuration names: nobody can try them. */
async function unserved(
  shell: Shell,
  { config: file }: ListFlags,
): Promise<{ name: string; bytes: number; licence: string | undefined }[]> {
  const { config } = load(shell, { config: file });
  const named = new Set(Object.values(config.engines).map(({ model }) => model));
  const pulled = await allPulled(weightsDir(shell.env));
  return pulled
    .filter(({ name, path }) => !named.has(name) && !named.has(path))
    .map(({ name, manifest: { bytes, license: licence } }) => ({ name, bytes, licence }));
}
