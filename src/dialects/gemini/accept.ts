import type { Call } from '../../protocol/dialect.ts';
import { invalid } from '../../protocol/errors.ts';
import { optional, optionalObject } from '../../protocol/fields.ts';
import { isObject, type Json } from '../../protocol/json.ts';
import type { Prompt, Turn } from '../../protocol/prompt.ts';
import type { Rest } from '../../protocol/rest.ts';
import { leftOver } from '../../protocol/rest.ts';
import { readConfig } from './accept-config.ts';
import { PartReader } from './accept-parts.ts';
import { readToolChoice, readTools } from './accept-tools.ts';
import { addressee, STREAM } from './paths.ts';
import { NAME, optionalList, printForm, type TurnForm } from './shapes.ts';
import { normalise } from './spelling.ts';

const BODY = new Set(['contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig']);
const CONTENT = new Set(['role', 'parts']);

/** How a stream is framed when events were not asked for: as one list that grows. Kept in the prompt's form. */
export const LIST = 'list';

/**
 * A generateContent request (https://ai.google.dev/api/generate-content, and the wire types of @google/genai) as a prompt. Model and
 * method stand in the path. @throws GatewayError `invalid` naming the field and the mend.
 */
export function accept(call: Call): Prompt {
  const to = addressee(call.path);
  if (!to || to.model.trim() === '') throw invalid('model', 'is missing in the path; write it like /v1beta/models/MODEL:generateContent');
  if (!isObject(call.body)) throw invalid('body', 'must be a JSON object');
  const form: Record<string, string> = {};
  const { body, edits } = normalise(call.body);
  if (edits !== undefined) form.spelling = edits;
  const stream = to.method === STREAM;
  if (stream && call.query.get('alt') !== 'sse') form.framing = LIST;
  const { rest: configRest, meaning, ...config } = readConfig(body, form);
  const choice = readToolChoice(body, form);
  const rest: Rest = { ...leftOver(body, BODY), ...configRest, ...choice.rest };
  // Some clients repeat the path's model here.
  if (typeof rest.model === 'string') {
    form.model = rest.model;
    delete rest.model;
  }
  const some = Object.keys(rest).length > 0;
  return {
    dialect: NAME,
    model: to.model,
    stream,
    turns: readTurns(body, form),
    tools: readTools(body, form),
    toolChoice: choice.choice,
    ...config,
    rest: some ? rest : undefined,
    // What a cache holds is part of the prompt.
    meaning: some ? new Set(['cachedContent', ...meaning]) : undefined,
    form,
  };
}

function readTurns(body: Json, form: Record<string, string>): Turn[] {
  const turns: Turn[] = [];
  const parts = new PartReader(form);
  const instruction = optionalObject(body, 'systemInstruction', 'systemInstruction');
  if (instruction) turns.push(readTurn(instruction, 'systemInstruction', 0, parts, false));
  const contents = optionalList(body, 'contents', 'contents');
  if (!contents) throw invalid('contents', 'is missing; it must be a list of contents');
  contents.forEach((content: unknown, at) => {
    const path = `contents[${at}]`;
    if (!isObject(content)) throw invalid(path, 'must be an object with "role" and "parts"');
    const turn = readTurn(content, path, turns.length, parts, turns.at(-1)?.role === 'assistant');
    turns.push(turn);
  });
  return turns;
}

const ROLES: ReadonlyMap<string, Turn['role']> = new Map([
  ['user', 'user'],
  ['model', 'assistant'],
  ['assistant', 'assistant'],
  ['system', 'system'],
]);
/** The role as the API writes it. */
export const USUAL_ROLE: Readonly<Record<Turn['role'], string>> = { system: 'system', user: 'user', assistant: 'model' };

/** Results come under "user" or "function"; a content without a role is the user's. `goesOn`: the turn before was the model's. */
function readTurn(content: Json, path: string, at: number, reader: PartReader, goesOn: boolean): Turn {
  const given = optional(content, 'role', 'string', `${path}.role`);
  const isTop = path === 'systemInstruction';
  const role = isTop ? 'system' : (ROLES.get(given ?? 'user') ?? 'user');
  if (role === 'assistant' && !goesOn) reader.answered();
  const form: TurnForm = isTop ? { place: 'system' } : {};
  if (given === undefined || isTop || given !== USUAL_ROLE[role]) form.role = given ?? null;
  const parts = optionalList(content, 'parts', `${path}.parts`);
  if (!parts) form.parts = 'absent';
  const rest = leftOver(content, CONTENT);
  const turn: Turn = { role, blocks: reader.read(parts ?? [], `${path}.parts`, at), form: printForm(form) };
  return rest ? { ...turn, rest } : turn;
}
