import { isObject, type Json } from '../../protocol/json.ts';

/**
 * The API reads JSON as protocol buffers do (https://protobuf.dev/programming-guides/json): field names in camelCase or snake_case,
 * one object where a list is meant; its SDKs and documentation also write plain strings for contents and parts. Here all of these
 * become one spelling, with a record of what was changed, so that the same request can be written again.
 */
interface Node {
  fields: ReadonlyMap<string, Node>;
  list: boolean;
  /** What a plain string in this place stands for. */
  text?: 'content' | 'part';
}

/** One change: at `path` (in the usual spelling) stood one object for a list, a string, or a field of another name. */
type Edit = [kind: 'one' | 'text', path: Step[]] | [kind: 'name', path: Step[], was: string];
type Step = string | number;

type Fields = { [key: string]: Node };
const node = (fields: Fields = {}, text?: Node['text']): Node => ({ fields: new Map(Object.entries(fields)), list: false, text });
const listOf = (one: Node): Node => ({ ...one, list: true });
const leaves = (...names: string[]): Fields => Object.fromEntries(names.map((name) => [name, LEAF]));
const LEAF = node();

const MEDIA: Fields = {
  inlineData: node(leaves('mimeType', 'displayName')),
  fileData: node(leaves('mimeType', 'fileUri', 'displayName')),
};
const PART = node(
  {
    ...leaves('thoughtSignature', 'executableCode', 'codeExecutionResult', 'videoMetadata', 'mediaResolution', 'toolCall', 'toolResponse'),
    ...MEDIA,
    functionCall: node(leaves('partialArgs', 'willContinue')),
    functionResponse: node({ ...leaves('willContinue'), parts: listOf(node(MEDIA)) }),
  },
  'part',
);
const CONTENT = node({ parts: listOf(PART) }, 'content');
const TOOL = node({
  ...leaves(
    'googleSearch',
    'googleSearchRetrieval',
    'codeExecution',
    'computerUse',
    'urlContext',
    'fileSearch',
    'googleMaps',
    'mcpServers',
  ),
  functionDeclarations: listOf(node(leaves('parametersJsonSchema', 'responseJsonSchema'))),
});
const CONFIG = node({
  ...leaves('candidateCount', 'stopSequences', 'maxOutputTokens', 'topP', 'topK', 'presencePenalty', 'frequencyPenalty'),
  ...leaves('responseMimeType', 'responseSchema', 'responseJsonSchema', 'responseModalities', 'responseFormat', 'responseLogprobs'),
  ...leaves('speechConfig', 'imageConfig', 'mediaResolution'),
  thinkingConfig: node(leaves('includeThoughts', 'thinkingBudget', 'thinkingLevel')),
});
const REQUEST = node({
  ...leaves('safetySettings', 'cachedContent', 'serviceTier'),
  contents: listOf(CONTENT),
  systemInstruction: CONTENT,
  tools: listOf(TOOL),
  toolConfig: node({
    ...leaves('retrievalConfig', 'includeServerSideToolInvocations'),
    functionCallingConfig: node(leaves('allowedFunctionNames')),
  }),
  generationConfig: CONFIG,
});

/** A request in the usual spelling. `edits` is what `respell` needs; undefined when nothing was spelled otherwise. */
export function normalise(body: Json): { body: Json; edits?: string } {
  const edits: Edit[] = [];
  const usual = walk(body, REQUEST, [], edits) as Json;
  return edits.length ? { body: usual, edits: JSON.stringify(edits) } : { body: usual };
}

/** Nothing is copied that is spelled as usual. */
function walk(value: unknown, at: Node, path: Step[], edits: Edit[]): unknown {
  if (at.list) {
    if (!Array.isArray(value) && !isObject(value) && (typeof value !== 'string' || !at.text)) return value;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list !== value) edits.push(['one', path]);
    const one = { ...at, list: false };
    const walked = list.map((item, index) => walk(item, one, [...path, index], edits));
    return list === value && walked.every((item, index) => item === list[index]) ? value : walked;
  }
  if (typeof value === 'string' && at.text) {
    edits.push(['text', path]);
    return at.text === 'part' ? { text: value } : { parts: [{ text: value }] };
  }
  if (!isObject(value)) return value;
  let changed = false;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
    const usual = usualName(key, at, value);
    if (usual !== key) edits.push(['name', [...path, usual], key]);
    const field = at.fields.get(usual);
    const walked = field ? walk(inner, field, [...path, usual], edits) : inner;
    changed ||= usual !== key || walked !== inner;
    return [usual, walked];
  });
  return changed ? Object.fromEntries(entries) : value;
}

/** The camelCase name of a field that is known here, unless the object has that one as well. */
function usualName(key: string, at: Node, within: Json): string {
  if (!key.includes('_')) return key;
  const usual = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return at.fields.has(usual) && !Object.hasOwn(within, usual) ? usual : key;
}

/** The request spelled as the client spelled it. `body` is not changed. */
export function respell(body: Json, edits: string | undefined): Json {
  if (edits === undefined) return body;
  // Inner changes were recorded behind outer ones.
  return (JSON.parse(edits) as Edit[]).reverse().reduce<unknown>((whole, [kind, path, was]) => {
    if (kind !== 'name') return at(whole, path, (value) => (kind === 'one' ? single(value) : textIn(value)));
    const name = String(path.at(-1));
    return at(whole, path.slice(0, -1), (value) => (isObject(value) ? rename(value, name, was ?? name) : value));
  }, body) as Json;
}

/** A copy of `value` with what stands at `path` changed; `value` itself where there is no such place. */
function at(value: unknown, path: readonly Step[], change: (value: unknown) => unknown): unknown {
  const [step, ...further] = path;
  if (step === undefined) return change(value);
  if (Array.isArray(value) && typeof step === 'number' && step < value.length) return value.with(step, at(value[step], further, change));
  if (!isObject(value) || !Object.hasOwn(value, step)) return value;
  return { ...value, [step]: at(value[step], further, change) };
}

function single(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}

function textIn(value: unknown): unknown {
  if (!isObject(value)) return value;
  const part: unknown = Array.isArray(value.parts) && value.parts.length === 1 ? value.parts[0] : value;
  return isObject(part) && typeof part.text === 'string' ? part.text : value;
}

function rename(value: Json, name: string, was: string): Json {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key === name ? was : key, inner]));
}
