import { asGatewayError, ERRORS, type GatewayError } from '../protocol/errors.ts';
import { estimateText } from '../protocol/estimate.ts';
import { helping } from '../protocol/help.ts';
import { begun } from '../protocol/onward.ts';
import type { Usage } from '../protocol/usage.ts';
import { wireText } from '../protocol/well-formed.ts';
import { added, Splice, type Wish } from './align.ts';
import { Asked } from './asked.ts';
import { attempt } from './attempt.ts';
import { type Course, mayResume, type Passage } from './passage.ts';
import type { Candidate } from './ports.ts';
import type { Admission } from './stage.ts';
import type { ToldBlock } from './telling.ts';
import { ask, pour } from './translate.ts';

/** Most attempts to continue one answer. */
const MOST = 4;

/** Failures that another attempt may get past. What was refused is not asked for again. */
const PASSING: ReadonlySet<string> = new Set([
  'truncated',
  'network',
  'timeout',
  'malformed',
  'overload',
  'upstream',
  'unavailable',
  'rate',
]);

/**
 * Has an answer that broke off continued, so that the client gets one whole answer: by the other targets in their order, and by the same one
 * once more. Stages are asked about each. @throws GatewayError the failure it broke off with, when nobody can
 */
export async function resume(course: Course, broken: GatewayError): Promise<void> {
  const { client, record, around } = course;
  let isPassing = PASSING.has(broken.kind) && mayResume(course);
  const tried = new Map<string, number>();
  let from = course.speaker?.candidate ?? course.latest!.candidate;
  tried.set(from.address, 1);
  for (let count = 0; count < MOST && isPassing && course.telling && !client.gone; count++) {
    const candidate = choose(course, tried);
    if (!candidate || !around.resilience.retries.spend(candidate.provider)) break;
    const { address } = candidate;
    tried.set(address, (tried.get(address) ?? 0) + 1);
    const before = usedBefore(course);
    course.speaker = undefined;
    record.notes.push({ path: 'answer', action: 'changed', why: `it broke off at ${from.address}; ${address} was asked to go on` });
    try {
      const wish = wishFor(course.telling.blocks);
      const admission = await admissionFor(course, candidate, wish);
      await attempt(course, candidate, (passage) => speakOn(passage, wish, before), admission);
      return;
    } catch (thrown) {
      if (client.gone) throw thrown;
      const error = asGatewayError(thrown);
      isPassing = ERRORS[error.kind].by !== 'freehold' || error.retryable;
      if (course.speaker) from = candidate;
    }
  }
  throw broken;
}

/** Another target of the plan that is well, in its order; the one that broke off only where there is no other. */
function choose({ admission, around }: Course, tried: ReadonlyMap<string, number>): Candidate | undefined {
  const isFit = (candidate: Candidate, times: number) => {
    const { address } = candidate;
    return (tried.get(address) ?? 0) <= times && around.resilience.health(address) !== 'open';
  };
  return admission.plan.find((candidate) => isFit(candidate, 0)) ?? admission.plan.find((candidate) => isFit(candidate, 1));
}

/** How the rest is asked for. What a tool call or a hosted tool is part of cannot be given as half an answer: it is asked for again. */
function wishFor(blocks: readonly ToldBlock[]): Wish {
  const texts = blocks.filter(({ start }) => start.kind === 'text');
  const text = texts.map((block) => block.text).join('');
  const hasMore = blocks.some(({ start }) => start.kind === 'tool-call' || start.kind === 'opaque');
  return hasMore || text.trim() === '' ? { kind: 'again' } : { kind: 'onward', text, given: whole(text) };
}

/** Longest last word that is taken back. Characters. */
const WORD = 40;

/**
 * The text up to its last whole word: models go on at a word better than inside one, and what they say of it again shows where the rest
 * begins.
 */
function whole(text: string): string {
  const given = text.replace(/\s*\S*$/, '');
  return given === '' || text.length - given.length > WORD ? text.trimEnd() : given;
}

/**
 * What is asked of the next target, as a request of the client's dialect: stages that read what leaves have to see the part of the answer that
 * goes along. @throws GatewayError when one of them refuses
 */
async function admissionFor({ admission, incoming, around }: Course, candidate: Candidate, wish: Wish): Promise<Admission> {
  if (wish.kind === 'again') return admission;
  const prompt = begun(admission.asked.prompt(), wish.given, candidate.target);
  const { request } = incoming.dialect.ask(prompt, { model: prompt.model });
  const asked = new Asked({ ...incoming, body: Buffer.from(wireText(request.body)) });
  const extended: Admission = { ...admission, asked, plan: [candidate] };
  for (const stage of around.stages) if (stage.rereads) await stage.admit?.(extended);
  return extended;
}

/** The rest of an answer from this candidate. @throws Misfit when it says something else */
async function speakOn(passage: Passage, wish: Wish, before: Usage): Promise<void> {
  const { course, asked, candidate } = passage;
  passage.path = 'translate';
  const prompt = { ...asked.prompt(), stream: true };
  const { batches } = await ask(passage, prompt);
  const telling = course.telling!;
  const splice = new Splice(telling.blocks, wish, before);
  const help = helping(prompt, candidate.target.quirks, passage.notes);
  await pour(passage, batches, telling, { help, splice: (parts) => parts.flatMap((part) => splice.push(part)), headers: [] });
}

/** What the attempts so far used, those that broke off as far as they told it: the rest is estimated from what they said. */
function usedBefore({ record, telling }: Course): Usage {
  const said = record.attempts.filter(({ usage }) => usage).map(({ usage }) => usage!);
  const told = telling!.blocks.reduce((sum, { text }) => sum + estimateText(text), 0);
  const sum = said.reduce((all, usage) => added(all, usage), {} as Usage);
  return { ...sum, output: Math.max(sum.output ?? 0, Math.ceil(told)) };
}
