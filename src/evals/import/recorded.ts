import { Placeholders } from '../../egress/placeholders.ts';
import type { EgressSettings } from '../../egress/policy.ts';
import { read } from '../../egress/read.ts';
import { redact } from '../../egress/redact.ts';
import type { Scanner } from '../../egress/scan.ts';
import { MACHINES } from '../../exchange/machines.ts';
import type { Content, ExchangeRow } from '../../store/ports.ts';
import { TASKS, type TaskClass } from '../../tasks/task.ts';
import type { Imported } from './promptfoo.ts';

/** One exchange whose content was kept. */
export interface Recorded {
  row: Pick<ExchangeRow, 'id' | 'task' | 'outcome' | 'partial'> & Partial<Pick<ExchangeRow, 'client'>>;
  content: Content;
}

export interface RecordedOptions {
  /** Whoever imports says that those whose words these are agree. */
  consent: boolean;
  scanner: Pick<Scanner, 'scan'>;
  settings: Pick<EgressSettings, 'budgetMs' | 'limitLength'>;
  /** Milliseconds. */
  now: () => number;
  /** 32 bytes that placeholders are made with. */
  key: Uint8Array;
  /** Takes what was asked and answered out of a record's bodies; handed in, because dialects are. */
  take: (content: Content) => { prompt: string; answer: string } | undefined;
  /** The judge's model, with its version. Without it answers are compared by words in common. */
  judge?: string;
  /** Share of words in common with the recorded answer that makes an answer as good. */
  atLeast?: number;
}

/**
 * Makes cases of recorded exchanges: what was asked, and the recorded answer as reference. Only whole, successful ones that people or
 * their tools asked for. Secrets and personal
 * data are replaced in both, a value by the same placeholder; what cannot be read for them is left out and said in `notes`.
 * @throws Error without consent
 */
export function importRecorded(exchanges: Iterable<Recorded>, options: RecordedOptions): Imported {
  if (!options.consent)
    throw new Error(
      'consent: recorded exchanges hold people’s words; import them only when those people agree, and say so with consent: true',
    );
  const { scanner, settings, now, key, take, judge, atLeast = 0.5 } = options;
  const cases: Record<string, unknown>[] = [];
  const notes: string[] = [];
  for (const { row, content } of exchanges) {
    // What evaluation itself asked is no work of people.
    if (row.client != null && MACHINES.includes(row.client)) continue;
    if (row.outcome !== 'ok' || row.partial) {
      notes.push(`${row.id}: it has no whole answer`);
      continue;
    }
    const taken = take(content);
    if (!taken) {
      notes.push(`${row.id}: its bodies could not be read`);
      continue;
    }
    const { findings, failure } = read(scanner, taken, settings, now);
    if (failure !== undefined) {
      notes.push(`${row.id}: not read for secrets, so left out: ${failure}`);
      continue;
    }
    const { prompt, answer } = redact(taken, findings, new Placeholders(key, row.id)) as typeof taken;
    const task = TASKS.find((one): one is TaskClass => one === row.task) ?? 'quick_chat';
    const grader = judge === undefined ? { similar: { atLeast } } : { judge: { model: judge, rubric: RUBRIC } };
    cases.push({ id: `recorded-${row.id.toLowerCase().replace(/[^a-z0-9-]+/g, '-')}`, task, prompt, reference: answer, ...grader });
  }
  return { cases, notes };
}

const RUBRIC =
  'Does the answer do what was asked, correctly and completely? A wrong statement, a missing part or invented names count against it.';
