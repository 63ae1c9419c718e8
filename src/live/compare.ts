import { parse as parseYaml } from 'yaml';
import { blocks, spoken } from '../evals/extract.ts';
import { type Block, type ToolCallBlock, textOf } from '../protocol/block.ts';
import type { Prompt } from '../protocol/prompt.ts';
import type { Reply } from '../protocol/reply.ts';
import { satisfies } from '../protocol/satisfies.ts';
import { declared, parseObject } from '../protocol/tools.ts';

/** Two answers to the same request, scored from 0 to 1. */
export interface Comparison {
  candidate: number;
  incumbent: number;
  /** More than the form of the answers could be looked at: a tool was to be called, or JSON to be written. It does not depend on the candidate. */
  isTelling: boolean;
  /** What was found wrong with the candidate's, as short words; never the text. */
  faults: Fault[];
}

export type Fault =
  | 'incomplete'
  | 'refused'
  | 'repeats itself'
  | 'unknown tool'
  | 'invalid call'
  | 'invalid json'
  | 'broken block'
  | 'other tool'
  | 'no tool';

/** With one of these an answer is worth nothing. */
const FATAL: ReadonlySet<Fault> = new Set(['incomplete', 'refused', 'repeats itself', 'invalid json']);

/** What is left of an answer's score with a fault: a call that fails costs a turn, another tool may do as well. */
const LEFT: Partial<Record<Fault, number>> = {
  'unknown tool': 0,
  'invalid call': 0,
  'broken block': 0.5,
  'other tool': 0.75,
  'no tool': 0.5,
};

/**
 * Compares what can be compared without running anything: whether the answers are complete, their calls fit the request's tools and the
 * candidate turns to the same tool, JSON is JSON where it was asked for, blocks of JSON and YAML can be read, nobody refuses or goes in
 * circles. Pure. Tools are not run: only the first answer counts.
 */
export function compareAnswers(prompt: Prompt, candidate: Reply, incumbent: Reply): Comparison {
  const wanted = toolIn(incumbent);
  const own = faultsOf(prompt, incumbent);
  const faults = faultsOf(prompt, candidate);
  // Whether the old model was right to call a tool nobody knows; where its own call is broken it says nothing.
  const isExample = wanted !== undefined && !own.length;
  if (isExample && !faults.some((fault) => FATAL.has(fault))) {
    const tool = toolIn(candidate);
    if (tool === undefined) faults.push('no tool');
    else if (tool !== wanted) faults.push('other tool');
  }
  return { candidate: scoreOf(faults), incumbent: scoreOf(own), isTelling: wanted !== undefined || asksForJson(prompt), faults };
}

function scoreOf(faults: readonly Fault[]): number {
  return faults.reduce((score, fault) => Math.min(score, FATAL.has(fault) ? 0 : (LEFT[fault] ?? 0)), 1);
}

function faultsOf(prompt: Prompt, reply: Reply): Fault[] {
  const found = new Set<Fault>();
  const calls = callsIn(reply);
  const text = spoken(textOf(reply.blocks));
  if (reply.finish?.reason === 'refusal' || reply.blocks.some(isRefusal) || (!calls.length && REFUSES.test(text))) found.add('refused');
  else if (!isComplete(prompt, reply, text, calls.length)) found.add('incomplete');
  if (goesInCircles(text)) found.add('repeats itself');
  for (const call of calls) {
    const tool = declared(prompt, call.name);
    if (!tool) found.add('unknown tool');
    else if (tool.kind === 'function') {
      const value = parseObject(call.arguments);
      if (!value || (tool.schema && !satisfies(value, tool.schema))) found.add('invalid call');
    }
  }
  if (asksForJson(prompt) && !calls.length && !isJsonAsAsked(prompt, text)) found.add('invalid json');
  if (text.includes('```') && blocks(text).some(isBroken)) found.add('broken block');
  return [...found];
}

const isRefusal = (block: Block): boolean => block.kind === 'text' && block.refusal === true;

/** An answer that declines from its first words on. */
const REFUSES =
  /^\s{0,8}(?:i['’]?m sorry|sorry|i apologi[sz]e|i (?:can(?:no|['’])t|am unable to|am not able to|won['’]t))\b[^.\n]{0,80}\b(?:can(?:no|['’])t|unable|not able|help|assist|provide|comply|do that)\b/i;

/** A length that the request itself set is no fault. */
function isComplete({ maxTokens }: Prompt, { finish }: Reply, text: string, calls: number): boolean {
  if (!finish || finish.reason === 'filter') return false;
  if (finish.reason === 'length' && maxTokens === undefined) return false;
  return text.trim() !== '' || calls > 0;
}

/** Lines that are looked at from the end, and how often the same few may follow each other. */
const TAIL = 60;
const TIMES = 6;

/** The answer ends in the same line, or the same few lines, again and again. */
function goesInCircles(text: string): boolean {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .slice(-TAIL);
  for (let period = 1; period * TIMES <= lines.length; period++) {
    const from = lines.length - period * TIMES;
    // Short lines repeat in sound answers, too: brackets, rules of tables.
    if (lines.slice(-period).join('').length < 12) continue;
    if (lines.slice(from).every((line, at) => line === lines[from + (at % period)])) return true;
  }
  const last = lines.at(-1) ?? '';
  return /(\S.{5,80}?)\1{7,}$/s.test(last.slice(-2000));
}

function asksForJson({ output }: Prompt): boolean {
  return output !== undefined && output.kind !== 'text';
}

/** Whoever asks for JSON reads the whole answer as that. */
function isJsonAsAsked({ output }: Prompt, text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return output?.kind !== 'schema' || satisfies(value, output.schema);
  } catch {
    return false;
  }
}

function isBroken({ info, text }: { info: string; text: string }): boolean {
  try {
    if (/^json$/i.test(info)) JSON.parse(text);
    else if (/^ya?ml$/i.test(info)) parseYaml(text);
    return false;
  } catch {
    // Shortened examples are common, and nobody reads them as a file.
    return !/\.\.\.|…/.test(text);
  }
}

function callsIn({ blocks: all }: Reply): ToolCallBlock[] {
  return all.filter((block) => block.kind === 'tool-call');
}

function toolIn(reply: Reply): string | undefined {
  return callsIn(reply)[0]?.name;
}
