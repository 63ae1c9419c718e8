import type { Block, ReasoningBlock, ToolCallBlock } from '../../protocol/block.ts';
import { invalid } from '../../protocol/errors.ts';
import { unmarkFailure } from '../../protocol/history.ts';
import { isSilent, type Json, list, object, said } from '../../protocol/json.ts';
import type { Turn } from '../../protocol/prompt.ts';
import { type Rest, restOf } from '../../protocol/rest.ts';
import { bareParts, blocksOf } from './accept-parts.ts';
import { CALL_SEAL, sealOfCall, thoughtsOf } from './seals.ts';
import { formOf, type Spelling } from './shapes.ts';

/** Calls that wait for their results, so that a result without an id finds its call and each knows how its tool takes input. */
interface Asked {
  waiting: { id: string; name: string }[];
  input: Map<string, 'json' | 'text'>;
}

/** One turn for each message, in their order. @throws GatewayError `invalid` naming the message's field */
export function turnsOf(messages: readonly unknown[]): Turn[] {
  const asked: Asked = { waiting: [], input: new Map() };
  return messages.map((value, at) => {
    const path = `messages[${at}]`;
    const message = object(value);
    if (!message) throw invalid(path, 'must be an object with "role" and "content"');
    switch (message['role']) {
      case 'system':
      case 'developer':
      case 'user':
        return spoken(message, message['role'], path);
      case 'assistant':
        return answered(message, path, at, asked);
      case 'tool':
      case 'function':
        return returned(message, message['role'], path, asked);
      default:
        throw invalid(`${path}.role`, 'must be one of system, developer, user, assistant, tool, function');
    }
  });
}

const SPOKEN_READ = new Set(['role', 'content']);

function spoken(message: Json, role: 'system' | 'developer' | 'user', path: string): Turn {
  const spelling = spellingOf(message, SPOKEN_READ);
  if (role === 'developer') spelling.role = role;
  const blocks = blocksOf(message['content'], path);
  return turn(role === 'user' ? 'user' : 'system', blocks, restOf(message, SPOKEN_READ), spelling);
}

function turn(role: Turn['role'], blocks: Block[], rest: Rest | undefined, spelling: Spelling): Turn {
  const form = formOf(spelling);
  const made: Turn = { role, blocks };
  if (rest) made.rest = rest;
  if (form) made.form = form;
  return made;
}

/** How content is spelled, and the fields that would be read but say nothing. */
function spellingOf(message: Json, read: ReadonlySet<string>): Spelling {
  const spelling: Spelling = {};
  if (Array.isArray(message['content'])) {
    spelling.content = 'parts';
    const bare = bareParts(message['content']);
    if (bare.length) spelling.bare = bare;
  } else if (message['content'] === undefined) spelling.content = 'absent';
  let silent: Json | undefined;
  for (const key of read) {
    if (key !== 'content' && message[key] !== undefined && isSilent(message[key])) silent = { ...silent, [key]: message[key] };
  }
  if (silent) spelling.silent = silent;
  return spelling;
}

const RETURNED_READ = new Set(['role', 'content', 'tool_call_id']);
const FUNCTION_READ = new Set(['role', 'content', 'name']);

function returned(message: Json, role: 'tool' | 'function', path: string, asked: Asked): Turn {
  const read = role === 'tool' ? RETURNED_READ : FUNCTION_READ;
  const spelling = spellingOf(message, read);
  let id = role === 'tool' ? said(message['tool_call_id']) : undefined;
  if (role === 'function') {
    const name = said(message['name']);
    if (!name) throw invalid(`${path}.name`, 'must name the function that answered');
    spelling.role = role;
    spelling.name = name;
    id = asked.waiting.find((call) => call.name === name)?.id ?? name;
  } else if (id === undefined) {
    spelling.id = 'absent';
    id = asked.waiting[0]?.id ?? '';
  }
  asked.waiting = asked.waiting.filter((call) => call.id !== id);
  const result = unmarkFailure(blocksOf(message['content'], path));
  const input = asked.input.get(id) ?? 'json';
  const isOdd = spelling.id === 'absent' && !isSilent(message['tool_call_id'] ?? null);
  const rest = restOf(message, isOdd ? SPOKEN_READ : read);
  return turn('user', [{ kind: 'tool-result', id, input, ...result }], rest, spelling);
}

const THOUGHTS = ['reasoning_content', 'reasoning', 'thinking'] as const;
const ANSWERED_READ = new Set(['role', 'content', ...THOUGHTS, 'reasoning_details', 'refusal', 'tool_calls', 'function_call']);

function answered(message: Json, path: string, at: number, asked: Asked): Turn {
  const spelling = spellingOf(message, ANSWERED_READ);
  /** Fields that `ask` writes again by itself. */
  const read = new Set(['role', 'content', ...Object.keys(spelling.silent ?? {})]);

  const field = THOUGHTS.find((key) => said(message[key]));
  if (field) read.add(field);
  const details = message['reasoning_details'];
  const thoughts: ReasoningBlock[] = thoughtsOf(field && said(message[field]), list(details));
  // Details that hold the thought's text alone are no seal: the same dialect gets them back, another has the text.
  if (Array.isArray(details) && thoughts.some((block) => block.seal)) read.add('reasoning_details');
  if (field && field !== 'reasoning_content') spelling.thought = field;
  else if (!field && thoughts.length) spelling.thought = 'none';

  const blocks: Block[] = [...thoughts, ...blocksOf(message['content'], path)];
  const refusal = said(message['refusal']);
  if (refusal) {
    read.add('refusal');
    blocks.push({ kind: 'text', text: refusal, refusal: true });
    spelling.refusal = true;
  }

  const calls = callsOf(message, path, `call_${at}`);
  if (calls.length) read.add(list(message['tool_calls']).length ? 'tool_calls' : 'function_call');
  if (calls.length && !read.has('tool_calls')) spelling.calls = 'function_call';
  asked.waiting = calls.map(({ id, name }) => ({ id, name }));
  for (const call of calls) asked.input.set(call.id, call.input);
  blocks.push(...calls);
  return turn('assistant', blocks, restOf(message, read), spelling);
}

/** The calls of `tool_calls`, or else the one of the older `function_call`. */
function callsOf(message: Json, path: string, spare: string): ToolCallBlock[] {
  const given = message['tool_calls'];
  if (given !== undefined && given !== null && !Array.isArray(given)) throw invalid(`${path}.tool_calls`, 'must be a list of calls');
  const calls = list(given).map((call, place) => callOf(call, `${path}.tool_calls[${place}]`, `${spare}_${place}`));
  const legacy = object(message['function_call']);
  return calls.length || !legacy || isSilent(legacy) ? calls : [callOf({ function: legacy }, `${path}.function_call`, spare)];
}

const EXAMPLE = '{"id":"…","type":"function","function":{"name":"…","arguments":"{}"}}';

/** One entry of `tool_calls`; `spare` is its id when the client gave none. */
function callOf(value: unknown, path: string, spare: string): ToolCallBlock {
  const call = object(value);
  const custom = call?.['type'] === 'custom' ? object(call['custom']) : undefined;
  const body = custom ?? object(call?.['function']);
  if (!call || !body) throw invalid(path, `must be a call such as ${EXAMPLE}`);
  const [key, field] = custom ? ['custom', 'input'] : ['function', 'arguments'];
  const name = said(body['name']);
  if (!name) throw invalid(`${path}.${key}.name`, 'must name the tool that was called');
  const text = body[field];
  const block: ToolCallBlock = {
    kind: 'tool-call',
    id: said(call['id']) ?? spare,
    name,
    input: custom ? 'text' : 'json',
    arguments: typeof text === 'string' ? text : object(text) ? JSON.stringify(text) : '',
  };
  const seal = sealOfCall(call[CALL_SEAL]);
  if (seal) block.seal = seal;
  // Fields that `ask` writes again by itself count as read; what was spelled otherwise stays beside and wins there.
  const outerRead = new Set([key]);
  if (call['id'] === block.id) outerRead.add('id');
  if (call['type'] === key) outerRead.add('type');
  if (seal) outerRead.add(CALL_SEAL);
  const outer = restOf(call, outerRead);
  const inner = restOf(body, new Set(typeof text === 'string' ? ['name', field] : ['name']));
  if (inner || outer) block.rest = inner ? { ...outer, [key]: inner } : outer;
  return block;
}
