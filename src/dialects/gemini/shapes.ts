import { invalid } from '../../protocol/errors.ts';
import type { Json } from '../../protocol/json.ts';
import { putBack, type Rest } from '../../protocol/rest.ts';

export const NAME = 'gemini';

/** A field that is a list where it is there. @throws GatewayError `invalid` at `path`. */
export function optionalList(from: Json, key: string, path: string): unknown[] | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalid(path, 'must be a list');
  return value;
}

/** A list of strings where it is there. @throws GatewayError `invalid` at `path`. */
export function optionalStrings(from: Json, key: string, path: string): string[] | undefined {
  const value = optionalList(from, key, path);
  if (value && !value.every((item) => typeof item === 'string')) throw invalid(path, 'must be a list of strings');
  return value as string[] | undefined;
}

/** The objects of a request whose unread fields are kept one by one, so that each gets its own note. Inner ones first. */
const NESTED = ['generationConfig.thinkingConfig', 'generationConfig', 'toolConfig.functionCallingConfig', 'toolConfig'] as const;
export type Nested = (typeof NESTED)[number];

/** What is left of a nested object under dotted names: `{candidateCount: 2}` becomes `{'generationConfig.candidateCount': 2}`. */
export function dotted(path: Nested, rest: Rest | undefined): Rest {
  return Object.fromEntries(Object.entries(rest ?? {}).map(([key, value]) => [`${path}.${key}`, value]));
}

/** The reverse of `dotted`, onto a request that was written. */
export function putBackDotted(body: Json, rest: Rest | undefined): Json {
  let whole = body;
  for (const [key, value] of Object.entries(rest ?? {})) {
    const path = NESTED.find((one) => key.startsWith(`${one}.`));
    const steps = path ? [...path.split('.'), key.slice(path.length + 1)] : [key];
    whole = putBack(
      whole,
      steps.reduceRight<Json>((inner, step, at) => ({ [step]: at === steps.length - 1 ? value : inner }), {}),
    );
  }
  return whole;
}

/** How a turn was written, where that is not the usual: in `systemInstruction`, with another or no role, without parts. */
export interface TurnForm {
  place?: 'system';
  /** The role as it was sent; null when there was none. Absent: the usual one. */
  role?: string | null;
  parts?: 'absent';
}

/** How a block was spelled. Written into a prompt's form under `blockKey`. */
export interface BlockForm {
  /** The call or result came without an id; ours was made up. */
  made?: true;
  /** The function a result is of: the canonical form knows only its call. */
  name?: string;
  /** The key under which a result's text stood, or `json` when the text is the whole response. */
  response?: string;
  /** A result's list of media was there and empty. */
  empty?: true;
  /** The signature that tells the API not to check. */
  skip?: string;
  mime?: string;
  /** A part with a signature and nothing else. */
  bare?: true;
}

/** The key under which a prompt's form says how a block was spelled. */
export function blockKey(turn: number, block: number): string {
  return `turns[${turn}][${block}]`;
}

/** A form as text; undefined when all is as usual. */
export function printForm(form: TurnForm | BlockForm): string | undefined {
  const text = JSON.stringify(form);
  return text === '{}' ? undefined : text;
}

/** The reverse of `printForm`. Only `accept` of this dialect writes such texts. */
export function readForm<T extends TurnForm | BlockForm>(text: string | undefined): T {
  return (text === undefined ? {} : JSON.parse(text)) as T;
}
