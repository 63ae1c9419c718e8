import type { ReasoningBlock, Seal } from '../../protocol/block.ts';
import { unwrapSeal, wrapSeal } from '../../protocol/seal.ts';
import { type Envelope, type Json, list, NAME, object, said } from './shapes.ts';

/**
 * The thoughts of one assistant message: its whole text, and `reasoning_details` with what seals it. Details that `answer` wrote come
 * apart into the blocks they were; details of the provider's own stay one seal of this dialect.
 */
export function thoughtsOf(text: string | undefined, details: readonly unknown[]): ReasoningBlock[] {
  const foreign: { seal: Seal; span: unknown }[] = [];
  const own: unknown[] = [];
  for (const entry of details) {
    const seal = unwrapSeal(object(entry)?.['data']);
    if (seal) foreign.push({ seal, span: object(entry)?.['span'] });
    else own.push(entry);
  }
  const all = text ?? textOfDetails(own);
  if (foreign.length) {
    const blocks = apart(all, foreign);
    if (own.length) blocks.push({ kind: 'reasoning', text: '', seal: { by: NAME, raw: own } });
    return blocks;
  }
  if (hasSecret(own)) return [{ kind: 'reasoning', text: all, seal: { by: NAME, raw: own } }];
  return all ? [{ kind: 'reasoning', text: all }] : [];
}

/** Cuts the joined thought at the spans. A client that dropped them leaves all text to the first seal. */
function apart(text: string, sealed: readonly { seal: Seal; span: unknown }[]): ReasoningBlock[] {
  const blocks: ReasoningBlock[] = [];
  let cursor = 0;
  for (const { seal, span } of sealed) {
    const [from, to] = Array.isArray(span) ? (span as unknown[]) : [cursor, text.length];
    const fits = typeof from === 'number' && typeof to === 'number' && from >= cursor && to >= from && to <= text.length;
    const [start, end] = fits ? [from, to] : [cursor, cursor];
    if (start > cursor) blocks.push({ kind: 'reasoning', text: text.slice(cursor, start) });
    blocks.push({ kind: 'reasoning', text: text.slice(start, end), seal });
    cursor = end;
  }
  if (cursor < text.length) blocks.push({ kind: 'reasoning', text: text.slice(cursor) });
  return blocks;
}

/** The reverse of `thoughtsOf`: the joined thought and its details. */
export function detailsOf(blocks: readonly ReasoningBlock[]): { text: string; details: unknown[] } {
  let text = '';
  let envelopes = 0;
  const foreign: unknown[] = [];
  const own: unknown[] = [];
  for (const { text: thought, seal } of blocks) {
    const from = text.length;
    text += thought;
    if (seal?.by === NAME) own.push(...list(seal.raw));
    else if (seal) foreign.push(envelope(seal, envelopes++, from, text.length));
  }
  return { text, details: [...foreign, ...own] };
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
