import type { Block, ReasoningBlock, ToolCallBlock, ToolResultBlock } from '../../protocol/block.ts';
import { textOf } from '../../protocol/block.ts';
import { isObject, type Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { FunctionTool, Prompt, Reasoning, Tool, ToolChoice, Turn } from '../../protocol/prompt.ts';
import { putBack } from '../../protocol/rest.ts';
import { asFunction, parseObject } from '../../protocol/tools.ts';
import { USUAL_ROLE } from './accept.ts';
import { JSON_MIME, TEXT_MIME } from './accept-config.ts';
import type { Layout } from './accept-tools.ts';
import { argsOf, mediaPart } from './ask-parts.ts';
import { ownSignature, SKIP } from './seals.ts';
import { type BlockForm, blockKey, putBackDotted, readForm, type TurnForm } from './shapes.ts';
import { respell } from './spelling.ts';

/** The body of a request of this dialect, as the client wrote it. Only state of other models stays behind, with notes. */
export function ownBody(prompt: Prompt, notes: Note[]): Json {
  const form = prompt.form ?? {};
  const body: Json = {};
  if (form.model !== undefined) body.model = form.model;
  const contents: Json[] = [];
  prompt.turns.forEach((turn, at) => {
    const content = ownContent(turn, at, form, notes);
    if (readForm<TurnForm>(turn.form).place === 'system') body.systemInstruction = content;
    else if (content) contents.push(content);
  });
  body.contents = contents;
  if (prompt.tools.length || form.tools !== undefined) body.tools = ownTools(prompt.tools, form);
  const calling = ownChoice(prompt.toolChoice, form);
  if (form.toolConfig !== undefined || calling) body.toolConfig = calling ? { functionCallingConfig: calling } : {};
  const config = ownConfig(prompt, form);
  if (form.generationConfig !== undefined || Object.keys(config).length) body.generationConfig = config;
  return respell(putBackDotted(body, prompt.rest), form.spelling);
}

/** Undefined when nothing of the turn may be sent. */
function ownContent(turn: Turn, at: number, form: Record<string, string>, notes: Note[]): Json | undefined {
  const written = readForm<TurnForm>(turn.form);
  const parts = turn.blocks.flatMap((block, b) => {
    const key = blockKey(at, b);
    return ownPart(block, readForm<BlockForm>(form[key]), key, notes);
  });
  if (parts.length === 0 && turn.blocks.length) return undefined;
  const content: Json = {};
  const role = written.role === undefined ? USUAL_ROLE[turn.role] : written.role;
  if (role !== null) content.role = role;
  if (written.parts !== 'absent' || parts.length) content.parts = parts;
  return { ...content, ...turn.rest };
}

function ownPart(block: Block, form: BlockForm, key: string, notes: Note[]): Json[] {
  switch (block.kind) {
    case 'text':
      return [{ text: block.text, ...block.rest }];
    case 'reasoning':
      return ownThought(block, form, key, notes);
    case 'media':
      return [putBack(mediaPart(block, form.mime), block.rest)];
    case 'tool-call':
      return [ownCall(block, form, key, notes)];
    case 'tool-result':
      return [ownResult(block, form)];
    case 'opaque':
      return isObject(block.raw) ? [block.raw] : [];
  }
}

function ownThought(block: ReasoningBlock, form: BlockForm, key: string, notes: Note[]): Json[] {
  const signature = form.skip ?? ownSignature(block.seal);
  if (block.seal && signature === undefined) {
    notes.push({ path: key, action: 'dropped', why: 'a thought of another model, whose signature this provider would refuse' });
    return [];
  }
  const part: Json = form.bare ? {} : { text: block.text, thought: true };
  if (signature !== undefined) part.thoughtSignature = signature;
  return [{ ...part, ...block.rest }];
}

function ownCall(block: ToolCallBlock, form: BlockForm, key: string, notes: Note[]): Json {
  const call: Json = form.made ? { name: block.name } : { id: block.id, name: block.name };
  if (block.arguments !== '') call.args = argsOf(block).args;
  const part: Json = { functionCall: call };
  let signature = form.skip ?? ownSignature(block.seal);
  if (block.seal && signature === undefined) {
    signature = SKIP;
    notes.push({ path: key, action: 'changed', why: 'the seal of another model on this call gave way to the one that asks for no check' });
  }
  if (signature !== undefined) part.thoughtSignature = signature;
  return putBack(part, block.rest);
}

function ownResult(block: ToolResultBlock, form: BlockForm): Json {
  const result: Json = form.made ? {} : { id: block.id };
  result.name = form.name ?? block.id;
  const response = responseOf(block, form);
  if (response) result.response = response;
  const parts = block.content.flatMap((inner): Json[] => {
    if (inner.kind === 'media') return [putBack(mediaPart(inner, undefined), inner.rest)];
    return inner.kind === 'opaque' && isObject(inner.raw) ? [inner.raw] : [];
  });
  if (parts.length || form.empty) result.parts = parts;
  return putBack({ functionResponse: result }, block.rest);
}

function responseOf(block: ToolResultBlock, form: BlockForm): unknown {
  const text = textOf(block.content, '\n');
  switch (form.response) {
    case 'absent':
      return undefined;
    case 'json':
      return parseObject(text) ?? { output: text };
    case 'named':
      return { name: form.name, content: text };
    default:
      return { [block.error ? 'error' : (form.response ?? 'output')]: text };
  }
}

function ownTools(tools: readonly Tool[], form: Record<string, string>): Json[] {
  const waiting = tools.map((tool, at) => (tool.kind === 'opaque' ? tool.raw : ownFunction(tool, form[`tools[${at}]`])));
  const layout = form.tools === undefined ? [] : (JSON.parse(form.tools) as Layout);
  const grouped = layout.map((keys) => {
    const entry: Json = {};
    for (const [key, functions] of keys) {
      if (functions === undefined) Object.assign(entry, waiting.shift());
      else entry[key] = waiting.splice(0, functions);
    }
    return entry;
  });
  return waiting.length ? [...grouped, { functionDeclarations: waiting }] : grouped;
}

function ownFunction(tool: Exclude<Tool, { kind: 'opaque' }>, spelled: string | undefined): Json {
  const called: FunctionTool = tool.kind === 'text' ? asFunction(tool) : tool;
  const written: Json = { name: called.name };
  if (called.description !== undefined) written.description = called.description;
  if (called.schema) Object.assign(written, schemaAs('parameters', 'parametersJsonSchema', called.schema, spelled));
  return { ...written, ...called.rest };
}

/** A schema under the key and in the words in which it came. */
function schemaAs(own: string, json: string, schema: Json, spelled: string | undefined): Json {
  if (spelled === undefined) return { [json]: schema };
  return { [own]: spelled === 'api' ? schema : JSON.parse(spelled) };
}

const MODES: Readonly<Record<ToolChoice['mode'], string>> = { auto: 'AUTO', none: 'NONE', required: 'ANY', named: 'ANY' };

function ownChoice(choice: ToolChoice | undefined, form: Record<string, string>): Json | undefined {
  const key = 'toolConfig.functionCallingConfig';
  if (!choice) return form[key] === undefined ? undefined : {};
  const calling: Json = { mode: form[`${key}.mode`] ?? MODES[choice.mode] };
  const allowed = choice.mode === 'named' ? [choice.name] : choice.allowed;
  if (allowed) calling.allowedFunctionNames = allowed;
  return calling;
}

function ownConfig(prompt: Prompt, form: Record<string, string>): Json {
  const { output } = prompt;
  const config: Json = { ...prompt.sampling };
  if (prompt.maxTokens !== undefined) config.maxOutputTokens = prompt.maxTokens;
  if (prompt.stop) config.stopSequences = prompt.stop;
  if (output?.kind === 'text') config.responseMimeType = TEXT_MIME;
  else if (output && form.responseMimeType !== 'absent') config.responseMimeType = JSON_MIME;
  if (output?.kind === 'schema') Object.assign(config, schemaAs('responseSchema', 'responseJsonSchema', output.schema, form.output));
  if (form['generationConfig.candidateCount'] !== undefined) config.candidateCount = 1;
  const thinking = ownThinking(prompt.reasoning, form['generationConfig.thinkingConfig']);
  if (thinking) config.thinkingConfig = thinking;
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function ownThinking(reasoning: Reasoning = {}, spelled: string | undefined): Json | undefined {
  if (spelled === undefined) return undefined;
  const { budget, level, shown } = JSON.parse(spelled) as { budget?: number; level?: string; shown?: boolean };
  const config: Json = {};
  if (budget !== undefined) config.thinkingBudget = reasoning.mode === 'off' ? 0 : (reasoning.budget ?? -1);
  if (level !== undefined)
    config.thinkingLevel = level.toLowerCase() === reasoning.effort ? level : (reasoning.effort?.toUpperCase() ?? level);
  if (shown !== undefined) config.includeThoughts = shown;
  return config;
}
