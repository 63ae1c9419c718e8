import type { Block } from '../../protocol/block.ts';
import { repair } from '../../protocol/history.ts';
import { type Note, printNote } from '../../protocol/note.ts';
import type { Prompt, Tool, Turn } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { asFunction, parseObject, wireName, wrapText } from '../../protocol/tools.ts';

/**
 * What two prompts or replies must have in common to mean the same, aspect by aspect, and which note announces the loss of each.
 * Spelling is no meaning: neighbouring texts may be joined, namespaces become part of a name, a text tool becomes a function.
 */
type Meaning = Record<string, unknown>;

/** By the front of an aspect's name: what a note that announces its loss speaks of. */
const ANNOUNCED: readonly [aspect: string, note: RegExp][] = [
  ['sampling.temperature', /temperature/],
  ['sampling.topP', /top_?p/i],
  ['sampling.topK', /top_?k/i],
  ['sampling.seed', /seed/],
  ['sampling.frequencyPenalty', /frequency/],
  ['sampling.presencePenalty', /presence/],
  ['maxTokens', /max/],
  ['stop', /stop/],
  ['user', /user|metadata|safety/],
  ['cacheKey', /cache/],
  ['parallelTools', /parallel/],
  ['output', /output|format|schema|json/],
  ['reasoning', /reasoning|thinking|effort|thought/],
  ['toolChoice', /tool_?choice|tools/i],
  ['tools', /tool/],
  ['media', /image|audio|file|media|document/],
  ['thoughts', /reasoning|thinking|thought|seal|signature|encrypted/],
  ['opaque', /known to|opaque/],
  ['finish.stop', /stop/],
  ['finish', /finish|stop_reason|status|incomplete|pause|refusal|filter/],
  ['usage', /usage|token/],
  ['order', /moved|order|behind|in front|after|before|image|audio|file|media|document/],
  ['system', /system|instruction/],
  ['calls', /call|argument/],
  ['results', /result|call|media|placeholder/],
  ['roles', /placeholder|started?s? with|no result|nothing/],
  ['', /text|result|media|placeholder|known to|output|instruction/],
];

const squeeze = (text: string) => text.replace(/\s+/g, '');

/** The aspects in which `after` says something else than `before`. */
export function differences(before: Meaning, after: Meaning): string[] {
  const aspects = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...aspects].filter((aspect) => said(before[aspect]) !== said(after[aspect]));
}

/** One line for each difference that no note announces; empty when losses equal the announced notes. */
export function unannounced(before: Meaning, after: Meaning, notes: readonly Note[]): string[] {
  // What is refused is answered with 400, so nothing is sent that could mean something else.
  if (notes.some(({ action }) => action === 'refused')) return [];
  const lines = notes.map(printNote);
  // A placeholder is a turn of its own and moves those behind it.
  const [was, is] = lines.some((announced) => /placeholder/.test(announced)) ? [flat(before), flat(after)] : [before, after];
  return differences(was, is)
    .filter((aspect) => {
      const [, wanted] = ANNOUNCED.find(([front]) => aspect.startsWith(front))!;
      return !lines.some((announced) => wanted.test(announced));
    })
    .map((aspect) => `${aspect}: ${said(was[aspect])} became ${said(is[aspect])}; notes: ${lines.join(' | ') || 'none'}`);
}

/** The meaning of a conversation without its turns: what all of them hold, in order. */
function flat(meaning: Meaning): Meaning {
  const whole: Record<string, unknown[]> = {};
  const rest: Meaning = {};
  for (const [aspect, value] of Object.entries(meaning)) {
    const [, name] = /^(\w+)\[\d+\]$/.exec(aspect) ?? [];
    if (!name) rest[aspect] = value;
    else if (name !== 'order' && value !== undefined) whole[name] = (whole[name] ?? []).concat(value);
  }
  return { ...rest, ...whole, roles: undefined };
}

const said = (value: unknown): string => JSON.stringify(sorted(value)) ?? 'nothing';

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

/** What every provider does unasked: said or not, the same is meant. */
const USUAL: Readonly<Record<string, number>> = { temperature: 1, topP: 1, frequencyPenalty: 0, presencePenalty: 0 };

export function meaningOf(prompt: Prompt): Meaning {
  const { reasoning = {}, output, toolChoice, sampling } = prompt;
  const meaning: Meaning = { stream: prompt.stream, maxTokens: prompt.maxTokens, user: prompt.user, cacheKey: prompt.cacheKey };
  for (const [name, value] of Object.entries(sampling)) if (value !== USUAL[name]) meaning[`sampling.${name}`] = value;
  meaning.stop = prompt.stop?.length ? prompt.stop : undefined;
  meaning['reasoning.mode'] = modeOf(reasoning);
  meaning['output.kind'] = output?.kind === 'text' ? undefined : output?.kind;
  if (output?.kind === 'schema') meaning['output.schema'] = output.schema;
  const tools = prompt.tools.filter((tool) => tool.kind !== 'opaque').map(toolMeaning);
  for (const tool of tools) meaning[`tools.${tool.name}`] = tool;
  if (tools.length && toolChoice?.mode !== 'none' && prompt.parallelTools === false) meaning.parallelTools = false;
  if (toolChoice && toolChoice.mode !== 'auto' && tools.length) meaning['toolChoice.mode'] = toolChoice.mode;
  if (toolChoice?.mode === 'named') meaning['toolChoice.name'] = wireName(toolChoice);
  else if (toolChoice?.allowed && tools.length) meaning['toolChoice.allowed'] = [...toolChoice.allowed].sort();
  return {
    ...meaning,
    ...thoughts(prompt.turns.flatMap(({ blocks }) => blocks)),
    ...conversation(repair(prompt.turns.map(withoutThoughts), [])),
  };
}

/** Whether it shall think: measures differ by dialect (effort, tokens), and each is turned into the other. */
function modeOf({ mode, effort, budget }: NonNullable<Prompt['reasoning']>): string | undefined {
  if (mode === 'off' || effort === 'none' || budget === 0) return 'off';
  return (mode ?? effort ?? budget) ? 'on' : undefined;
}

function toolMeaning(tool: Exclude<Tool, { kind: 'opaque' }>) {
  const called = tool.kind === 'text' ? asFunction(tool) : tool;
  const fields = called.schema?.properties && typeof called.schema.properties === 'object' ? Object.keys(called.schema.properties) : [];
  return { name: wireName(tool), description: tool.description || undefined, fields: fields.sort() };
}

/** Thoughts are compared by themselves: a turn of nothing else is one with its thoughts and none without. */
function withoutThoughts(turn: Turn): Turn {
  return { ...turn, blocks: turn.blocks.filter(({ kind }) => kind !== 'reasoning') };
}

function thoughts(blocks: readonly Block[]): Meaning {
  const sealed = blocks.flatMap((block) => (block.kind === 'reasoning' || block.kind === 'tool-call' ? (block.seal ?? []) : []));
  return {
    'thoughts.text': squeeze(blocks.map((block) => (block.kind === 'reasoning' ? block.text : '')).join('')) || undefined,
    'thoughts.seals': sealed.length ? sealed : undefined,
  };
}

function conversation(turns: readonly Turn[]): Meaning {
  const meaning: Meaning = {};
  const system = turns.filter(({ role }) => role === 'system').flatMap(({ blocks }) => blocks);
  meaning.system = squeeze(system.map((block) => (block.kind === 'text' ? block.text : '')).join('')) || undefined;
  const spoken = turns.filter(({ role }) => role !== 'system');
  meaning.roles = spoken.map(({ role }) => role);
  // Counted as if the user had begun, because some dialects put a word of the user in front of an assistant who did.
  const first = spoken[0]?.role === 'assistant' ? 1 : 0;
  spoken.forEach(({ blocks }, at) => {
    for (const [aspect, value] of Object.entries(turnMeaning(blocks))) meaning[`${aspect}[${first + at}]`] = value;
  });
  return meaning;
}

function turnMeaning(blocks: readonly Block[]): Meaning {
  const inResults = blocks.flatMap((block) => (block.kind === 'tool-result' ? block.content : []));
  const all = [...inResults, ...blocks];
  const many = <T>(list: T[]): T[] | undefined => (list.length ? list : undefined);
  return {
    text: squeeze(blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('')) || undefined,
    calls: many(blocks.flatMap((block) => (block.kind === 'tool-call' ? [callMeaning(block)] : []))),
    results: many(blocks.flatMap((block) => (block.kind === 'tool-result' ? [resultMeaning(block)] : []))),
    media: many(all.flatMap((block) => (block.kind === 'media' ? [said({ media: block.media, source: block.source })] : []))),
    opaque: many(blocks.flatMap((block) => (block.kind === 'opaque' ? [block.raw] : []))),
    // Pictures of results may stand behind all results, so beside results their place is free.
    order:
      blocks.some((block) => block.kind === 'tool-result') && all.some((block) => block.kind === 'media')
        ? undefined
        : many(orderOf(blocks)),
  };
}

/** What follows what, neighbours of one kind as one. */
function orderOf(blocks: readonly Block[]): string[] {
  const kinds = blocks.filter(({ kind }) => kind !== 'reasoning' && kind !== 'opaque').map(({ kind }) => kind);
  return kinds.filter((kind, at) => kind !== kinds[at - 1]);
}

function callMeaning(block: Extract<Block, { kind: 'tool-call' }>) {
  const json = block.input === 'text' ? wrapText(block.arguments) : block.arguments;
  const value = parseObject(json);
  return { id: block.id, name: wireName(block), arguments: value ?? squeeze(json) };
}

function resultMeaning({ id, content, error }: Extract<Block, { kind: 'tool-result' }>) {
  return { id, text: squeeze(content.map((block) => (block.kind === 'text' ? block.text : '')).join('')), error: error || undefined };
}

/** What a client reads differs from what the upstream said, unannounced. Seals stand wrapped in the client's own, so they are not compared. */
export function replyLosses(said: Reply, read: Reply, notes: readonly Note[]): string[] {
  // Where the upstream counted nothing, a dialect that demands counts has estimates.
  const comparable = said.usage ? read : { ...read, usage: undefined };
  return unannounced(replyMeaning(said, false), replyMeaning(comparable, false), notes);
}

/** `seals` is false where the seals stand wrapped in another dialect's field. */
export function replyMeaning(reply: Reply, seals: boolean): Meaning {
  const reason = reply.finish?.reason;
  const meaning: Meaning = { fault: reply.error?.kind, 'finish.stop': reply.finish?.stop };
  // That it declined, who did (the model, or a filter before it) and which words say so is marked in other places by other dialects.
  const declined = reason === 'filter' || reason === 'refusal' || reply.blocks.some((block) => block.kind === 'text' && block.refusal);
  if (!reply.error) meaning['finish.reason'] = declined ? 'declined' : reason;
  // What a failed answer had cost so far has no place in most dialects' errors.
  for (const name of ['input', 'output', 'cacheRead', 'reasoning'] as const)
    if (!reply.error && reply.usage) meaning[`usage.${name}`] = reply.usage[name] || undefined;
  const { 'thoughts.seals': sealed, ...said } = thoughts(reply.blocks);
  return { ...meaning, ...turnMeaning(reply.blocks), ...said, ...(seals && { 'thoughts.seals': sealed }) };
}
