import { EndTokens } from './end-tokens.ts';
import { GatewayError } from './errors.ts';
import { NestedArguments } from './nested-arguments.ts';
import type { Note } from './note.ts';
import type { Part } from './part.ts';
import { PrintedCalls } from './printed-calls.ts';
import type { Prompt } from './prompt.ts';
import type { Step } from './rewrite.ts';
import { satisfies } from './satisfies.ts';
import { ThinkTags } from './think-tags.ts';

/** Quirks by which an answer needs help before a client can use it. Such an answer is never relayed as it is. */
const HELP = [
  'think-tags',
  'think-tag-open',
  'leaked-tokens',
  'nested-arguments',
  'printed-calls',
  'unchecked-output',
  'whole-tool-answers',
  'streams-only',
] as const;

/** Those of them that concern requests with tools alone. */
const FOR_TOOLS: ReadonlySet<string> = new Set(['nested-arguments', 'printed-calls', 'whole-tool-answers']);
/** What such requests hold, in whatever dialect. */
const TOOLS = ['"tools"', '"functions"'];

/** @param body the request's bytes, which are only looked at */
export function needsHelp(quirks: ReadonlySet<string> | undefined, body: Buffer): boolean {
  if (quirks === undefined) return false;
  const wanted = HELP.filter((name) => quirks.has(name));
  if (wanted.length === 0 || wantsMore(body)) return false;
  return wanted.some((name) => !FOR_TOOLS.has(name)) || TOOLS.some((sign) => body.includes(sign));
}

/** Several answers at once, and how likely each token was, can only be relayed: the canonical form holds one answer and its words. */
function wantsMore(body: Buffer): boolean {
  return /^\s*:\s*([2-9]|\d\d)/.test(behind(body, '"n"')) || /^\s*:\s*(true|[1-9])/.test(behind(body, '"logprobs"'));
}

/** What stands behind the last place of a field. */
function behind(body: Buffer, field: string): string {
  const at = body.lastIndexOf(field);
  return at < 0 ? '' : body.toString('latin1', at + field.length, at + field.length + 12);
}

/**
 * The prompt as it is put to such a model: whole where its stream of tool calls is broken, streamed where a whole answer would outlast
 * the clocks on the way. The client gets the form that it asked for all the same.
 */
export function inForm(prompt: Prompt, quirks: ReadonlySet<string> | undefined): Prompt {
  if (prompt.stream && prompt.tools.length && quirks?.has('whole-tool-answers'))
    return { ...prompt, stream: false, streamUsage: undefined };
  if (!prompt.stream && quirks?.has('streams-only')) return { ...prompt, stream: true, streamUsage: true };
  return prompt;
}

/**
 * What stands between `hear` and the sequence for a model that needs help; parts go through unchanged where it needs none.
 * @param notes gets one note for each repair
 */
export function helping(prompt: Prompt, quirks: ReadonlySet<string> | undefined, notes: Note[]): (parts: Part[]) => Part[] {
  const steps: Step[] = [];
  if (quirks?.has('think-tags') || quirks?.has('think-tag-open')) steps.push(new ThinkTags(quirks.has('think-tag-open')));
  if (quirks?.has('leaked-tokens')) steps.push(new EndTokens(notes));
  if (quirks?.has('printed-calls') && prompt.tools.length) steps.push(new PrintedCalls(prompt, notes));
  if (quirks?.has('nested-arguments') && prompt.tools.length) steps.push(new NestedArguments(prompt, notes));
  if (quirks?.has('unchecked-output') && prompt.output?.kind === 'schema') steps.push(new CheckedOutput(prompt.output.schema));
  if (steps.length === 0) return (parts) => parts;
  return (parts) => steps.reduce((through, step) => through.flatMap((part) => step.push(part)), parts);
}

/** Holds a finished answer to the schema that was asked for: some engines say nothing when they cannot read a schema and answer freely. */
class CheckedOutput implements Step {
  readonly #schema: Record<string, unknown>;
  readonly #texts = new Set<number>();
  #text = '';
  #hasCalled = false;

  constructor(schema: Record<string, unknown>) {
    this.#schema = schema;
  }

  push(part: Part): Part[] {
    if (part.type === 'block-start') {
      if (part.block.kind === 'text' && !part.block.refusal) this.#texts.add(part.index);
      else if (part.block.kind !== 'reasoning') this.#hasCalled = true;
    } else if (part.type === 'block-delta' && this.#texts.has(part.index)) this.#text += part.text;
    else if (part.type === 'finish' && part.reason === 'stop' && !this.#hasCalled && !this.#fits()) {
      const error = new GatewayError(
        'malformed',
        'the answer does not satisfy the JSON schema that was asked for; the engine did not hold it',
      );
      return [{ type: 'fault', error }];
    }
    return [part];
  }

  #fits(): boolean {
    try {
      return satisfies(JSON.parse(this.#text), this.#schema);
    } catch {
      return false;
    }
  }
}
