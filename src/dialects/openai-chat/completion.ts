import type { Answering, Made, Target } from '../../protocol/dialect.ts';
import { invalid } from '../../protocol/errors.ts';
import { type Json, object, said } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { FinishReason, Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { mergeUsage, type Usage } from '../../protocol/usage.ts';
import { sseFrame } from '../../wire/sse.ts';
import { errorBody } from './errors.ts';
import { fillIn } from './fim.ts';
import { NAME } from './shapes.ts';

/**
 * The older door for text that is continued, or filled in between `prompt` and `suffix` (https://platform.openai.com/docs/api-reference/completions).
 * It is no conversation, and a chat template would turn code into talk: so it goes only to providers that have the door themselves.
 */
export const COMPLETIONS = '/v1/completions';

/** What says so in a prompt's `form`. */
const DOOR = 'completions';

/** Other dialects refuse them, since they have no such question. */
const MEANING: ReadonlySet<string> = new Set(['prompt', 'suffix']);

export function isCompletion(prompt: Pick<Prompt, 'dialect' | 'form'>): boolean {
  return prompt.dialect === NAME && prompt.form?.['door'] === DOOR;
}

/** A completion request, carried whole. @throws GatewayError `invalid` naming the field */
export function acceptCompletion(given: unknown): Prompt {
  const body = object(given);
  if (!body) throw invalid('body', 'must be a JSON object with "model" and "prompt"');
  const { model: name, ...rest } = body;
  const { prompt, suffix, stream } = body;
  const model = said(name);
  if (!model) throw invalid('model', 'is missing; name the model that shall answer');
  if (typeof prompt !== 'string' && !Array.isArray(prompt)) throw invalid('prompt', 'must be a text, or a list of texts or tokens');
  if (suffix !== undefined && suffix !== null && typeof suffix !== 'string') throw invalid('suffix', 'must be a text');
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') throw invalid('stream', 'must be true or false');
  return {
    dialect: NAME,
    model,
    stream: stream === true,
    streamUsage: object(body['stream_options'])?.['include_usage'] === true,
    turns: [],
    tools: [],
    sampling: {},
    rest,
    meaning: MEANING,
    form: { door: DOOR },
  };
}

/** The request's body for a provider of this dialect. @throws GatewayError when it cannot be asked to fill in */
function completionBody({ rest }: Prompt, { model, quirks }: Target, notes: Note[]): Json {
  return fillIn({ ...rest, model }, quirks, notes);
}

/** A door of its own for filling in (https://docs.mistral.ai/api/endpoint/fim), which answers as a conversation does. */
const FIM = '/v1/fim/completions';
const FIM_PATH = 'fim-path';
/** What it takes; it refuses all else. */
const FIM_FIELDS: ReadonlySet<string> = new Set([
  ...['model', 'prompt', 'suffix', 'temperature', 'top_p', 'max_tokens', 'min_tokens', 'stream', 'stop', 'random_seed'],
]);

/** Whether answers to requests at a path come in another form than clients of that path read. */
export function reshapes(path: string, { quirks }: Target): boolean {
  return path === COMPLETIONS && quirks?.has(FIM_PATH) === true;
}

/** A completion as the provider is asked for it. @throws GatewayError when it cannot be asked to fill in */
export function completionRequest(prompt: Prompt, target: Target, notes: Note[]): { path: string; body: Json } {
  const body = completionBody(prompt, target, notes);
  if (!reshapes(COMPLETIONS, target)) return { path: COMPLETIONS, body };
  const { seed, ...others } = body;
  const sent: Json = seed === undefined || seed === null ? others : { ...others, random_seed: seed };
  const kept: Json = {};
  for (const key in sent) {
    if (FIM_FIELDS.has(key)) kept[key] = sent[key];
    else if (sent[key] !== null && key !== 'stream_options')
      notes.push({ path: key, action: 'dropped', why: 'this provider has no such field where it fills in' });
  }
  return { path: FIM, body: kept };
}

/** Reasons this door knows; all others are `stop`. */
const REASONS: Partial<Readonly<Record<FinishReason, string>>> = { length: 'length', filter: 'content_filter', refusal: 'content_filter' };

/** Writes one completion, where a provider answered in another form than asked: streamed for whole, or whole for streamed. */
export function answerCompletion(to: Prompt, made: Made): Answering {
  return new Completing(to, made);
}

class Completing implements Answering {
  readonly notes: Note[] = [];
  readonly #facts: Json;
  readonly #streamUsage: boolean;
  #isText = false;
  #usage: Usage | undefined;

  constructor(to: Prompt, made: Made) {
    this.#facts = { id: `cmpl-${made.id}`, object: 'text_completion', created: made.at, model: to.model };
    this.#streamUsage = to.streamUsage === true;
  }

  part(part: Part): string {
    switch (part.type) {
      case 'block-start':
        this.#isText = part.block.kind === 'text';
        if (!this.#isText) this.#drop(part.block.kind);
        return '';
      case 'block-delta':
        return this.#isText ? this.#frame([choice(part.text, null)]) : '';
      case 'usage':
        this.#usage = mergeUsage(this.#usage, part.usage);
        return '';
      case 'finish': {
        const last = this.#frame([choice('', REASONS[part.reason] ?? 'stop')]);
        return this.#streamUsage && this.#usage ? last + this.#frame([], counts(this.#usage)) : last;
      }
      case 'fault':
        return sseFrame(JSON.stringify(errorBody(part.error)));
      default:
        return '';
    }
  }

  end(): string {
    return sseFrame('[DONE]');
  }

  whole(reply: Reply): unknown {
    let text = '';
    for (const block of reply.blocks) {
      if (block.kind === 'text') text += block.text;
      else this.#drop(block.kind);
    }
    const reason = reply.finish?.reason;
    const body: Json = { ...this.#facts, choices: [choice(text, (reason && REASONS[reason]) ?? 'stop')] };
    if (reply.usage) body['usage'] = counts(reply.usage);
    return body;
  }

  #drop(kind: string): void {
    this.notes.push({ path: `answer.${kind}`, action: 'dropped', why: 'a completion is text only' });
  }

  #frame(choices: Json[], usage?: Json): string {
    return sseFrame(JSON.stringify({ ...this.#facts, choices, ...(usage && { usage }) }));
  }
}

function choice(text: string, finish: string | null): Json {
  return { index: 0, text, logprobs: null, finish_reason: finish };
}

function counts({ input = 0, output = 0 }: Usage): Json {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}
