import type { Target } from '../../protocol/dialect.ts';
import { estimatePrompt } from '../../protocol/estimate.ts';
import { type Json, list, object, said } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { BOUNDS, lowerBounds } from './ask-bounds.ts';
import { NO_SUFFIX } from './fim.ts';

/**
 * What a body must hold for a quirk to change anything, as bytes. A field's name with its quotes cannot stand inside a JSON string, so what
 * is not found is not there; what is found may be there for another reason, and then the request is only asked anew for nothing.
 */
const SIGNS: Readonly<Record<string, readonly string[]>> = {
  'max-completion-tokens': ['"max_tokens"'],
  'max-tokens': ['"max_completion_tokens"'],
  'no-effort': ['"reasoning_effort"'],
  'strict-messages': ['"messages"'],
  'short-call-ids': ['"tool_calls"', '"tool_call_id"'],
  'small-bounds': BOUNDS.map((bound) => `"${bound}"`),
  'simple-patterns': ['"pattern"'],
  [NO_SUFFIX]: ['"suffix"'],
};
/** Fewest bytes a token has in a body, so that a prompt is never thought smaller than it is. */
const BYTES_A_TOKEN = 2;

/** Whether a client's own body may not go to this target as it is. Looks at bytes only; a provider without quirks costs nothing. */
export function needsMending(body: Buffer, { quirks, window }: Target): boolean {
  if (!quirks) return false;
  for (const quirk of quirks) {
    if (SIGNS[quirk]?.some((sign) => body.includes(sign))) return true;
    if (quirk === 'plain-roles' && hasOddRoles(body)) return true;
    if (quirk === 'clamp-limit' && window !== undefined && limitIn(body) + body.length / BYTES_A_TOKEN > window) return true;
  }
  return false;
}

/** A developer, or more than one system message. */
function hasOddRoles(body: Buffer): boolean {
  const system = body.indexOf('"system"');
  return body.includes('"developer"') || (system >= 0 && body.lastIndexOf('"system"') !== system);
}

/** The most tokens the client allows, 0 where it does not say. */
function limitIn(body: Buffer): number {
  const names = ['"max_tokens"', '"max_completion_tokens"'];
  return Math.max(0, ...names.map((name) => Number(/^\s*:\s*(\d+)/.exec(after(body, name))?.[1] ?? 0)));
}

function after(body: Buffer, name: string): string {
  const at = body.lastIndexOf(name);
  return at < 0 ? '' : body.toString('latin1', at + name.length, at + name.length + 24);
}

/** All that a strict provider knows of a message. */
const MESSAGE = new Set(['role', 'content', 'name', 'tool_calls', 'tool_call_id', 'prefix']);
const CALL = new Set(['id', 'type', 'index', 'function', 'custom']);
/** Room for the answer that is left in any case. Tokens. */
const LEAST = 16;

/** A finished request as a provider with these quirks takes it, whoever wrote it. The body is changed in place. */
export function mend(body: Json, prompt: Prompt, { quirks, window }: Target, notes: Note[]): void {
  if (!quirks) return;
  const messages = () => list(body['messages']).map((message) => object(message) ?? {});
  if (quirks.has('plain-roles')) body['messages'] = plainRoles(messages(), notes);
  if (quirks.has('strict-messages')) body['messages'] = messages().map((one, at) => strict(one, quirks, `messages[${at}]`, notes));
  if (quirks.has('short-call-ids')) body['messages'] = messages().map(shortIds);
  if (quirks.has('no-effort') && body['reasoning_effort'] !== undefined) {
    delete body['reasoning_effort'];
    notes.push({ path: 'reasoning_effort', action: 'dropped', why: 'this model refuses it: how much it thinks cannot be set' });
  }
  if (quirks.has('max-completion-tokens')) rename(body, 'max_tokens', 'max_completion_tokens');
  else if (quirks.has('max-tokens')) rename(body, 'max_completion_tokens', 'max_tokens');
  if (quirks.has('small-bounds') || quirks.has('simple-patterns')) lowerBounds(body, quirks, notes);
  if (quirks.has('clamp-limit') && window !== undefined) clamp(body, window - estimatePrompt(prompt), notes);
}

function rename(body: Json, from: string, to: string): void {
  if (body[from] === undefined) return;
  body[to] ??= body[from];
  delete body[from];
}

/** One system message in front, and no role but the four that every chat template knows. */
function plainRoles(messages: Json[], notes: Note[]): Json[] {
  const leading: Json[] = [];
  const plain: Json[] = [];
  for (const message of messages) {
    const isInstruction = message['role'] === 'system' || message['role'] === 'developer';
    if (!isInstruction) plain.push(message);
    else if (plain.length === 0) leading.push(message);
    else {
      const last = plain.at(-1)!;
      const joined = last['role'] === 'user' ? joinedContent([last['content'], message['content']]) : undefined;
      if (joined === undefined) plain.push({ ...message, role: 'user' });
      else plain[plain.length - 1] = { ...last, content: joined };
      notes.push({ path: 'messages', action: 'changed', why: 'instructions behind the first turn are sent as words of the user' });
    }
  }
  const [first] = leading;
  if (!first) return plain;
  const system = { ...first, role: 'system', content: joinedContent(leading.map((message) => message['content'])) };
  return [system, ...plain];
}

/** Contents as one: a text where all of them are, a list of parts otherwise. */
function joinedContent(contents: readonly unknown[]): unknown {
  if (contents.length === 1) return contents[0];
  const parts = contents.flatMap((content) => (typeof content === 'string' ? [{ type: 'text', text: content }] : list(content)));
  const texts = parts.map((part) => (object(part)?.['type'] === 'text' ? object(part)?.['text'] : undefined));
  return texts.every((text) => typeof text === 'string') ? texts.join('\n\n') : parts;
}

function strict(message: Json, quirks: ReadonlySet<string>, path: string, notes: Note[]): Json {
  const keeps = (key: string) => MESSAGE.has(key) || (key === 'reasoning_content' && quirks.has('reasoning-content-back'));
  const kept = only(message, keeps, path, notes);
  const { content, tool_calls: calls } = kept;
  if (Array.isArray(content)) kept['content'] = content.map((part) => without(part, 'cache_control', path, notes));
  if (Array.isArray(calls)) kept['tool_calls'] = calls.map((call) => only(object(call) ?? {}, (key) => CALL.has(key), path, notes));
  return kept;
}

function only(value: Json, keeps: (key: string) => boolean, path: string, notes: Note[]): Json {
  const kept: Json = {};
  for (const key in value) {
    if (keeps(key)) kept[key] = value[key];
    else if (value[key] !== null && value[key] !== undefined)
      notes.push({ path: `${path}.${key}`, action: 'dropped', why: 'this provider refuses fields of messages that it does not know' });
  }
  return kept;
}

const without = (part: unknown, field: string, path: string, notes: Note[]): unknown => {
  const fields = object(part);
  return fields && field in fields ? only(fields, (key) => key !== field, path, notes) : part;
};

/** Ids of calls as one family of models takes them: nine letters and digits, the same for the same id. */
function shortIds(message: Json): Json {
  const calls = message['tool_calls'];
  const id = said(message['tool_call_id']);
  return {
    ...message,
    ...(id === undefined ? {} : { tool_call_id: short(id) }),
    ...(Array.isArray(calls)
      ? { tool_calls: calls.map((call) => ({ ...object(call), id: short(said(object(call)?.['id']) ?? '') })) }
      : {}),
  };
}

const SHORT = /^[A-Za-z0-9]{9}$/;
/** 36^9: as many as nine letters and digits of one case can tell apart. */
const IDS = 36n ** 9n;

/** FNV-1a, 64 bit, in nine digits of base 36. */
function short(id: string): string {
  if (SHORT.test(id)) return id;
  let hash = 0xcbf29ce484222325n;
  for (let at = 0; at < id.length; at++) hash = BigInt.asUintN(64, (hash ^ BigInt(id.charCodeAt(at))) * 0x100000001b3n);
  return (hash % IDS).toString(36).padStart(9, '0');
}

/** Servers that refuse a prompt whose limit does not fit behind it get the limit that does. */
function clamp(body: Json, room: number, notes: Note[]): void {
  const key = body['max_completion_tokens'] === undefined ? 'max_tokens' : 'max_completion_tokens';
  const limit = body[key];
  if (typeof limit !== 'number') return;
  if (room >= limit || room < LEAST) return;
  body[key] = room;
  notes.push({ path: key, action: 'changed', why: `about ${room} tokens are left behind the prompt` });
}
