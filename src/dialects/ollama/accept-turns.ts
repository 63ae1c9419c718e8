import type { Block, MediaBlock, ToolCallBlock } from '../../protocol/block.ts';
import { invalid } from '../../protocol/errors.ts';
import { unmarkFailure } from '../../protocol/history.ts';
import { isSilent, object, said } from '../../protocol/json.ts';
import type { Turn } from '../../protocol/prompt.ts';
import { restOf } from '../../protocol/rest.ts';
import { Fields } from './fields.ts';
import { sealOfCall, thoughtsOf } from './seals.ts';
import { CALL_SIGNATURE, type CallSpelling, formOf, SIGNATURES, type Spelling } from './shapes.ts';

/** Calls that wait for their results: older servers and clients know no ids, so a result finds its call by name, or by its place. */
type Waiting = { id: string; name: string }[];

/** One turn for each message, in their order. @throws GatewayError `invalid` naming the message's field */
export function turnsOf(messages: readonly unknown[]): Turn[] {
  let waiting: Waiting = [];
  return messages.map((value, at): Turn => {
    const path = `messages[${at}]`;
    const given = object(value);
    if (!given) throw invalid(path, 'must be an object with "role" and "content"');
    const message = new Fields(given, path);
    const role = message.string('role');
    if (!role) throw invalid(`${path}.role`, 'must be one of system, user, assistant, tool');
    const spelling: Spelling = {};
    let own = role.toLowerCase();
    let turn: Turn;
    if (own === 'tool') turn = returned(message, path, waiting, spelling);
    else if (own === 'assistant') {
      turn = answered(message, path, at, spelling);
      waiting = turn.blocks.filter((block) => block.kind === 'tool-call').map(({ id, name }) => ({ id, name }));
    } else {
      // Templates know these roles only; agents send names of their own for what stands between the messages.
      if (own !== 'user') own = 'system';
      turn = { role: own === 'user' ? 'user' : 'system', blocks: spoken(message, path, spelling) };
    }
    if (role !== own) spelling.role = role;
    return settled(turn, message, spelling);
  });
}

/** `system`, `prompt` and `images` of a question to `/api/generate`. */
export function questionOf(fields: Fields): Turn[] {
  const turns: Turn[] = [];
  const system = fields.said('system');
  if (system !== undefined) turns.push({ role: 'system', blocks: [{ kind: 'text', text: system }] });
  const spelling: Spelling = {};
  const prompt = fields.said('prompt');
  const blocks: Block[] = prompt === undefined ? [] : [{ kind: 'text', text: prompt }];
  blocks.push(...imagesOf(fields, 'images', spelling));
  const form = formOf(spelling);
  if (blocks.length) turns.push(form ? { role: 'user', blocks, form } : { role: 'user', blocks });
  return turns;
}

function settled(turn: Turn, message: Fields, spelling: Spelling): Turn {
  const { rest, silent } = message.settle();
  if (silent) spelling.silent = { ...spelling.silent, ...silent };
  if (rest) turn.rest = rest;
  const form = formOf(spelling);
  if (form) turn.form = form;
  return turn;
}

/** Text, and behind it the images. */
function spoken(message: Fields, path: string, spelling: Spelling): Block[] {
  const given = message.left['content'];
  if (given === null || given === undefined) {
    spelling.content = given === null ? 'null' : 'absent';
    delete message.left['content'];
  }
  const text = message.string('content');
  const blocks: Block[] = text === undefined ? [] : [{ kind: 'text', text }];
  return [...blocks, ...imagesOf(message, `${path}.images`, spelling)];
}

/** Beginnings of image files in base64. */
const MAGIC: readonly (readonly [string, string])[] = [
  ['iVBOR', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['Qk', 'image/bmp'],
];

function imagesOf(fields: Fields, path: string, spelling: Spelling): MediaBlock[] {
  return (fields.list('images') ?? []).map((value, at) => {
    const here = `${path}[${at}]`;
    if (typeof value !== 'string') throw invalid(here, 'must be a base64 string');
    if (/^[a-z]+:\/\//i.test(value.slice(0, 16))) throw invalid(here, 'is an address; send the image itself as base64, nothing is fetched');
    const url = /^data:([^;,]*);base64,/.exec(value.slice(0, 128));
    if (url) spelling.urls = [...(spelling.urls ?? []), at];
    const data = url ? value.slice(url[0].length) : value;
    const mime = url?.[1] || MAGIC.find(([start]) => data.startsWith(start))?.[1] || 'image/png';
    return { kind: 'media', media: 'image', source: { from: 'base64', mime, data } };
  });
}

function returned(message: Fields, path: string, waiting: Waiting, spelling: Spelling): Turn {
  const shown = said(message.left['tool_call_id']);
  if (shown) delete message.left['tool_call_id'];
  else spelling.id = 'absent';
  const name = said(message.left['tool_name']);
  if (name) {
    spelling.name = name;
    delete message.left['tool_name'];
  }
  const named = name ?? said(message.left['name']);
  const place = Math.max(
    0,
    waiting.findIndex((call) => (shown ? call.id === shown : call.name === named)),
  );
  const id = shown ?? waiting[place]?.id ?? '';
  if (waiting[place]?.id === id) waiting.splice(place, 1);
  const result = unmarkFailure(spoken(message, path, spelling));
  return { role: 'user', blocks: [{ kind: 'tool-result', id, input: 'json', ...result }] };
}

function answered(message: Fields, path: string, at: number, spelling: Spelling): Turn {
  const signatures = Array.isArray(message.left[SIGNATURES]) ? message.list(SIGNATURES) : undefined;
  const thoughts = thoughtsOf(message.said('thinking') ?? '', signatures ?? []);
  const calls = message.list('tool_calls') ?? [];
  const spellings: CallSpelling[] = [];
  const blocks: Block[] = [...thoughts, ...spoken(message, path, spelling)];
  calls.forEach((call, place) => {
    const { block, form } = callOf(call, `${path}.tool_calls[${place}]`, `call_${at}_${place}`);
    blocks.push(block);
    spellings.push(form);
  });
  if (spellings.some((form) => !isSilent(form))) spelling.calls = spellings;
  return { role: 'assistant', blocks };
}

const CALL_READ = new Set(['function']);
const FUNCTION_READ = new Set(['name', 'arguments', 'index']);

/** One entry of `tool_calls`; `spare` is its id when there is none. */
function callOf(value: unknown, path: string, spare: string): { block: ToolCallBlock; form: CallSpelling } {
  const call = object(value);
  const body = object(call?.['function']);
  if (!call || !body) throw invalid(path, 'must be a call such as {"function":{"name":"…","arguments":{…}}}');
  const name = said(body['name']);
  if (!name) throw invalid(`${path}.function.name`, 'must name the tool that was called');
  const form: CallSpelling = {};
  const outer = { ...restOf(call, CALL_READ) };
  const inner = { ...restOf(body, FUNCTION_READ) };

  const id = said(outer['id']);
  if (id) delete outer['id'];
  else if (!('id' in outer)) form.id = 'absent';
  if (outer['type'] === 'function') {
    form.type = 'function';
    delete outer['type'];
  }
  const signature = said(outer[CALL_SIGNATURE]);
  if (signature) delete outer[CALL_SIGNATURE];
  if (typeof body['index'] === 'number') form.index = body['index'];
  else if (body['index'] !== undefined) inner['index'] = body['index'];

  const block: ToolCallBlock = { kind: 'tool-call', id: id ?? spare, name, input: 'json', arguments: argumentsIn(body, path, form) };
  if (signature) block.seal = sealOfCall(signature);
  const rest = isSilent(inner) ? outer : { ...outer, function: inner };
  if (!isSilent(rest)) block.rest = rest;
  return { block, form };
}

function argumentsIn(body: Record<string, unknown>, path: string, form: CallSpelling): string {
  const given = body['arguments'];
  if (object(given)) return JSON.stringify(given);
  if (typeof given === 'string') {
    form.arguments = 'string';
    return given;
  }
  if (given !== null && given !== undefined) throw invalid(`${path}.function.arguments`, 'must be an object');
  form.arguments = given === null ? 'null' : 'absent';
  return '';
}
