import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TASKS } from '../../src/tasks/task.ts';

const DATA = fileURLToPath(new URL('data/', import.meta.url));

/** A prompt whose class is known. */
export interface Row {
  prompt: string;
  label: string;
  /** Where it is from; leave-one-source-out leaves all of it out. */
  source: string;
  /** The source holds several classes, so that its style does not give the label away. */
  mixed: boolean;
}

/** Classes that the model tells apart; the others are known by the door or by marks. */
export const CLASSES: readonly string[] = TASKS.filter((task) => task !== 'embedding' && task !== 'completion');

function lines(file: string): unknown[] {
  return readFileSync(DATA + file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** The labelled prompts from public sources. */
export function rows(): Row[] {
  return (
    ['devtask.jsonl', 'recorded.jsonl'].flatMap(lines) as { prompt: string; label: string; source: string; mixed_source: boolean }[]
  ).map(({ prompt, label, source, mixed_source }) => ({ prompt, label, source, mixed: mixed_source }));
}

/** Prompts written by hand in other styles: judged, never trained on. Lines of class, tab, text. */
export function challenge(): Pick<Row, 'prompt' | 'label'>[] {
  return readFileSync(`${DATA}challenge.txt`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [label = '', text = ''] = line.split('\t');
      return { label, prompt: text.replaceAll('\\n', '\n').replaceAll('\\\\', '\\') };
    });
}
