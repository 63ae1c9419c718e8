import type { Finding } from '../../egress/finding.ts';
import { PLACEHOLDER, Placeholders } from '../../egress/placeholders.ts';
import type { EgressSettings } from '../../egress/policy.ts';
import { read, scannerFor } from '../../egress/read.ts';
import { redact } from '../../egress/redact.ts';
import type { Scanner } from '../../egress/scan.ts';
import { type Example, exampleSchema } from './example.ts';

export interface Cleaning {
  scanner: Pick<Scanner, 'scan'>;
  settings: Pick<EgressSettings, 'budgetMs' | 'limitLength'>;
  /** A clock in milliseconds. */
  now(): number;
  /** Of this export alone, and gone with it: what was replaced cannot be had back. */
  key: Uint8Array;
}

/** Milliseconds for one conversation: nobody waits for an export. */
const PATIENCE = 60_000;

/** Cleaning by the built-in rules and the team's own. */
export function cleaningFor(egress: EgressSettings): Pick<Cleaning, 'scanner' | 'settings'> {
  return { scanner: scannerFor(egress), settings: { budgetMs: PATIENCE, limitLength: egress.limitLength } };
}

/** An example without secrets and data on people. */
export interface Cleaned {
  example: Example;
  /** Rules that were met, each as often as it was. */
  rules: string[];
}

/**
 * Replaces what the egress rules find by placeholders, the same for the same value within a conversation. Arguments of calls are read as
 * the JSON they are, so that they stay it. @returns a sentence instead where that cannot be done for certain
 */
export function clean(example: Example, conversation: string, { scanner, settings, now, key }: Cleaning): Cleaned | string {
  const opened = open(example);
  const { findings, failure } = read(scanner, opened, settings, now);
  if (failure !== undefined) return 'it could not be read for secrets';
  const redacted = redact(opened, findings, new Placeholders(key, conversation));
  const left = read(scanner, redacted, settings, now);
  if (left.failure !== undefined || left.findings.some((finding) => finding.kind === 'secret' && !isPlaceholder(redacted, finding)))
    return 'it held secrets that could not be replaced';
  const closed = exampleSchema.safeParse(close(redacted));
  if (!closed.success) return 'it does not fit the form any more without its secrets';
  return { example: closed.data, rules: findings.map(({ rule }) => rule) };
}

/** Whether what was found is what we put there ourselves: behind a name like "token" it looks like one. */
function isPlaceholder(body: unknown, { path, start, end, key }: Finding): boolean {
  let at = body;
  for (const step of key ? [] : path) at = (at as Record<string | number, unknown>)[step];
  const text = key ? String(path.at(-1)) : String(at);
  return text.slice(start, end).replace(PLACEHOLDER, '').trim() === '';
}

/** Arguments as values; those that are no JSON stay texts. */
function open({ messages, tools }: Example): unknown {
  return {
    messages: messages.map((one) =>
      one.role === 'assistant' && one.tool_calls
        ? {
            ...one,
            tool_calls: one.tool_calls.map((call) => ({
              ...call,
              function: { name: call.function.name, arguments: opened(call.function.arguments) },
            })),
          }
        : one,
    ),
    ...(tools && { tools }),
  };
}

type Opened = { value: unknown } | { text: string };

function opened(text: string): Opened {
  try {
    const value: unknown = JSON.parse(text);
    // A number that a double cannot hold would come back as another.
    return JSON.stringify(value) === text || !/\d{16}/.test(text) ? { value } : { text };
  } catch {
    return { text };
  }
}

function close(redacted: unknown): unknown {
  const { messages, ...rest } = redacted as { messages: ({ tool_calls?: { function: { arguments: Opened } }[] } & object)[] };
  return {
    ...rest,
    messages: messages.map(({ tool_calls: calls, ...one }) =>
      calls
        ? {
            ...one,
            tool_calls: calls.map((call) => {
              const given = call.function.arguments;
              return { ...call, function: { ...call.function, arguments: 'text' in given ? given.text : JSON.stringify(given.value) } };
            }),
          }
        : one,
    ),
  };
}
