/** The little of JSON Schema that matters for choosing arguments. */
export interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  minimum?: number;
}

/** A tool that a request offers. */
export interface Offered {
  name: string;
  /** Tools of one namespace are called by both names. */
  namespace?: string;
  /** `text`: it takes free text, and there is no schema. */
  input: 'json' | 'text';
  schema: Schema;
}

/** A request as the scripted model understands it. */
export interface Asked {
  tools: Offered[];
  /** What the user said, all of it. */
  said: string;
  /** Tool results in the history. */
  results: number;
  /** Pictures in the history, base64. */
  images: string[];
  /** Proofs of earlier thoughts in the history, as this model gave them. */
  seals: string[];
  stream: boolean;
  /** The shape that the answer must have. */
  shape?: Schema;
  /** Why the real provider would refuse this request. */
  wrong?: string;
}

export interface Call {
  tool: Offered;
  arguments: Record<string, unknown> | string;
}

/** One answer of the model. `seal` is the proof of its thought, base64. */
export interface Turn {
  thought?: string;
  seal: string;
  text: string;
  calls: Call[];
}

export type Refusal = 'limit' | 'overloaded' | 'window' | 'invalid';

/** The stream of one turn. `open` is the frame within which the arguments of the first call are under way. */
export interface Frames {
  frames: (string | Uint8Array)[];
  open: number;
}

/** A provider of one dialect, as far as a coding model needs it: the same script is played through each. */
export interface Upstream {
  contentType: string;
  /** A model name that this dialect's providers serve. */
  model: string;
  /** What its thoughts' opaque proofs, which it must get back, stand on; undefined where it has none. */
  seals?: 'thoughts' | 'calls';
  /** How it says that a prompt does not fit. */
  tooLong: string;
  ask(body: Json, url: string, issued: ReadonlySet<string>): Asked;
  stream(turn: Turn, body: Json): Frames;
  whole(turn: Turn, body: Json): unknown;
  /** An error in its own shape. */
  refuse(why: Refusal, message: string): { status: number; body: unknown };
}

/** Any JSON object; every field may be missing. */
// biome-ignore lint/suspicious/noExplicitAny: requests are read as they come, and a wrong guess fails the run.
export type Json = Record<string, any>;

/** What every answer costs: truthful enough that no client compacts its history. */
export const USAGE = { input: 1200, cached: 1000, output: 40, thought: 16 };

/** Text in pieces, as models write. Never cuts a character. */
export function pieces(text: string, size = 9): string[] {
  const letters = [...text];
  const out: string[] = [];
  for (let at = 0; at < letters.length; at += size) out.push(letters.slice(at, at + size).join(''));
  return out;
}

/** One SSE event. */
export function event(data: unknown, name?: string): string {
  return `${name ? `event: ${name}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/** Something between two frames: after half of those that carry the arguments. */
export function middle(from: number, to: number): number {
  return Math.max(from, Math.floor((from + to) / 2));
}

export function written(call: Call): string {
  return typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
}

/** The text of content that is a string or a list of parts. */
export function words(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: Json | string) => (typeof part === 'string' ? part : (part?.text ?? ''))).join('\n');
}

/** What follows `;base64,` of a data URL. */
export function dataOf(url: unknown): string[] {
  const data = typeof url === 'string' ? /^data:[^,]*;base64,(.+)$/s.exec(url)?.[1] : undefined;
  return data ? [data] : [];
}

let serial = 0;
export function id(prefix: string): string {
  return `${prefix}${(++serial).toString(36).padStart(8, '0')}${Math.random().toString(36).slice(2, 14).padEnd(12, '0')}`;
}

/** The ids in `calls` without a result, or the result without a call. */
export function unanswered(calls: readonly string[], results: readonly string[]): string | undefined {
  const without = calls.find((call) => !results.includes(call));
  if (without !== undefined) return `the call ${without} has no result`;
  const orphan = results.find((result) => !calls.includes(result));
  return orphan === undefined ? undefined : `the result ${orphan} answers no call`;
}
