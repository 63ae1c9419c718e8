import type { ReasoningBlock, Seal } from '../../protocol/block.ts';
import { type Json, list, object, said } from '../../protocol/json.ts';
import { unwrapSeal, wrapSeal } from '../../protocol/seal.ts';
import { type Envelope, NAME } from './shapes.ts';

/** What seals one thought: another dialect's seal with its place in the joined text, or a run of the provider's own details. */
type Sealed = { seal: Seal; span: unknown } | { own: unknown[] };

/**
 * The thoughts of one assistant message: its joined text, and `reasoning_details` with what seals it. Details that `answer` and `ask`
 * wrote come apart into the blocks they were; a list of the provider's own stays one seal of this dialect.
 */
export function thoughtsOf(text: string | undefined, details: readonly unknown[]): ReasoningBlock[] {
  const sealed = runsOf(details);
  const all = text ?? textOfDetails(details);
  const [only] = sealed;
  if (sealed.length === 1 && only && 'own' in only) return [block(all, only)];
  return sealed.length || all ? apart(all, sealed) : [];
}

/** Details as runs: a list begins anew where its index does. Where nothing is sealed the text alone counts, and there are none. */
function runsOf(details: readonly unknown[]): Sealed[] {
  if (!hasSecret(details)) return [];
  const runs: Sealed[] = [];
  let own: unknown[] | undefined;
  let index = -1;
  for (const entry of details) {
    const detail = object(entry);
    const seal = unwrapSeal(detail?.['data']);
    if (seal) {
      runs.push({ seal, span: detail?.['span'] });
      own = undefined;
      continue;
    }
    const at = typeof detail?.['index'] === 'number' ? detail['index'] : index + 1;
    if (own && at > index) own.push(entry);
    else {
      own = [entry];
      runs.push({ own });
    }
    index = at;
  }
  return runs;
}

function block(text: string, sealed: Sealed): ReasoningBlock {
  return { kind: 'reasoning', text, seal: 'own' in sealed ? { by: NAME, raw: sealed.own } : sealed.seal };
}

/** Cuts the joined thought into its blocks. A client that dropped the spans leaves all text to the first seal. */
function apart(text: string, sealed: readonly Sealed[]): ReasoningBlock[] {
  const blocks: ReasoningBlock[] = [];
  let cursor = 0;
  for (const one of sealed) {
    const [start, end] = placeOf(one, text, cursor);
    if (start > cursor) blocks.push({ kind: 'reasoning', text: text.slice(cursor, start) });
    blocks.push(block(text.slice(start, end), one));
    cursor = end;
  }
  if (cursor < text.length) blocks.push({ kind: 'reasoning', text: text.slice(cursor) });
  return blocks;
}

function placeOf(sealed: Sealed, text: string, cursor: number): [number, number] {
  if ('own' in sealed) {
    const own = textOfDetails(sealed.own);
    const start = text.indexOf(own, cursor);
    return start < 0 ? [cursor, cursor] : [start, start + own.length];
  }
  if (!Array.isArray(sealed.span)) return [cursor, text.length];
  const [from, to] = sealed.span as unknown[];
  const fits = typeof from === 'number' && typeof to === 'number' && from >= cursor && to >= from && to <= text.length;
  return fits ? [from, to] : [cursor, cursor];
}

/** The reverse of `thoughtsOf`: the joined thought and its details. */
export function detailsOf(blocks: readonly ReasoningBlock[]): { text: string; details: unknown[] } {
  let text = '';
  let envelopes = 0;
  const details: unknown[] = [];
  for (const { text: thought, seal } of blocks) {
    const from = text.length;
    text += thought;
    if (seal?.by === NAME) details.push(...list(seal.raw));
    else if (seal) details.push(envelope(seal, envelopes++, from, text.length));
  }
  return { text, details };
}

/** Another dialect's seal of the characters `from` to `to` of the joined thought; `index` counts the envelopes of the message. */
export function envelope(seal: Seal, index: number, from: number, to: number): Envelope {
  return { type: 'reasoning.encrypted', data: wrapSeal(seal), index, span: [from, to] };
}

/**
 * Where a tool call's thought signature stands on this wire, and where the clients that return it look for it:
 * `extra_content.google.thought_signature` (https://ai.google.dev/gemini-api/docs/thought-signatures, OpenAI compatibility).
 */
export const CALL_SEAL = 'extra_content';

/** The seal in a call's `extra_content`: another dialect's when `answer` put it there, else this dialect's own. */
export function sealOfCall(extra: unknown): Seal | undefined {
  if (!object(extra)) return undefined;
  return unwrapSeal(object(object(extra)?.['google'])?.['thought_signature']) ?? { by: NAME, raw: extra };
}

/** The reverse of `sealOfCall`. */
export function callSeal(seal: Seal): unknown {
  return seal.by === NAME ? seal.raw : { google: { thought_signature: wrapSeal(seal) } };
}

/** True when details hold more than readable text: signatures, encrypted data, kinds not known here. */
export function hasSecret(details: readonly unknown[]): boolean {
  return details.some((entry) => {
    const detail = object(entry);
    const readable = detail && (detail['type'] === 'reasoning.text' || detail['type'] === 'reasoning.summary');
    return !readable || said(detail['signature']) !== undefined;
  });
}

/** The readable text of `reasoning_details`, joined. */
export function textOfDetails(details: readonly unknown[]): string {
  let text = '';
  for (const entry of details) text += textOfDetail(object(entry) ?? {});
  return text;
}

function textOfDetail(detail: Json): string {
  if (detail['type'] === 'reasoning.text') return said(detail['text']) ?? '';
  return detail['type'] === 'reasoning.summary' ? (said(detail['summary']) ?? '') : '';
}

/** A thought given as content: a string, or parts with text in them. */
export function textOfThinking(value: unknown): string {
  if (typeof value === 'string') return value;
  let text = '';
  for (const part of list(value)) text += said(object(part)?.['text']) ?? '';
  return text;
}
