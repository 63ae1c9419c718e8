import type { Answering, Made } from '../../protocol/dialect.ts';
import type { GatewayError } from '../../protocol/errors.ts';
import { play } from '../../protocol/fold.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { FinishReason, Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { mergeUsage, type Usage } from '../../protocol/usage.ts';
import { AnswerItems, type ItemStatus } from './answer-items.ts';
import { settings } from './ask.ts';
import { inStream } from './errors.ts';
import { NAME } from './shapes.ts';

/** Writes one answer to a client of this dialect. */
export function answer(to: Prompt, made: Made): Answering {
  return new ResponseAnswering(to, made);
}

type Status = 'in_progress' | 'completed' | 'incomplete' | 'failed';

class ResponseAnswering implements Answering {
  readonly #to: Prompt;
  readonly #made: Made;
  readonly #items: AnswerItems;
  #echo: Json | undefined;
  #begun = false;
  #usage: Usage | undefined;
  readonly notes: Note[] = [];
  final: Json | undefined;

  constructor(to: Prompt, made: Made) {
    this.#to = to;
    this.#made = made;
    this.#items = new AnswerItems(to, made, this.notes);
  }

  part(part: Part): string {
    switch (part.type) {
      case 'start':
        // Nothing is said before the first content: until then a failure can still have its own HTTP status.
        return '';
      case 'block-start':
        return this.#begin() + this.#items.start(part);
      case 'block-delta':
        return this.#items.delta(part.text);
      case 'block-end':
        return this.#items.end(part);
      case 'usage':
        this.#usage = mergeUsage(this.#usage, part.usage);
        return '';
      case 'finish':
        return this.#begin() + this.#finish(part);
      case 'fault':
        return this.#fail(part.error);
    }
  }

  /** The terminal event is the end; this dialect sends no `[DONE]`. */
  end(): string {
    return '';
  }

  whole(reply: Reply): unknown {
    this.#items.muted = true;
    for (const part of play(reply)) this.part(part);
    this.final = this.#response(...this.#endOf(reply.finish?.reason ?? 'other'));
    return this.final;
  }

  #begin(): string {
    if (this.#begun) return '';
    this.#begun = true;
    const response = this.#response('in_progress');
    return this.#items.event('response.created', { response }) + this.#items.event('response.in_progress', { response });
  }

  #finish({ reason, stop }: Extract<Part, { type: 'finish' }>): string {
    const [status, cut] = this.#endOf(reason);
    if (stop !== undefined) this.#note('finish.stop', 'dropped', 'there is no place for the stop sequence that matched');
    if (reason === 'pause' || reason === 'other') this.#note('finish.reason', 'changed', `"${reason}" is said as completed`);
    if (reason === 'refusal' && cut) this.#note('finish.reason', 'changed', 'a refusal without words of its own is said as content_filter');
    if (this.#usage?.cacheWrite1h) this.#note('usage.cacheWrite1h', 'dropped', 'cache writes are not told apart by lifetime');
    const closing = this.#items.close(status);
    this.final = this.#response(status, cut);
    return closing + this.#items.event(`response.${status}`, { response: this.final });
  }

  #note(path: string, action: Note['action'], why: string): void {
    this.notes.push({ path, action, why });
  }

  /** Status and reason as this dialect says them. Declining is said by a refusal part; without one only the filter says it. */
  #endOf(reason: FinishReason): [status: ItemStatus, cut?: string] {
    if (reason === 'length') return ['incomplete', 'max_output_tokens'];
    const declined = reason === 'refusal' && !this.#items.refused;
    return reason === 'filter' || declined ? ['incomplete', 'content_filter'] : ['completed'];
  }

  #fail(error: GatewayError): string {
    return this.#begin() + this.#items.event('response.failed', { response: { ...this.#response('failed'), error: inStream(error) } });
  }

  /** The response object with every field that the official types demand; what the client asked is echoed. */
  #response(status: Status, cut?: string): Json {
    this.#echo ??= echoOf(this.#to);
    const { kept, id } = this.#made;
    return {
      id: kept?.id ?? `resp_${id}`,
      object: 'response',
      created_at: this.#made.at,
      status,
      background: false,
      error: null,
      incomplete_details: cut ? { reason: cut } : null,
      ...this.#echo,
      ...(kept && { store: true, previous_response_id: kept.previous ?? null }),
      model: this.#to.model,
      output: status === 'in_progress' ? [] : [...this.#items.output],
      usage: status === 'in_progress' || !this.#usage ? null : usageSaid(this.#usage),
    };
  }
}

/** The request's own settings over the defaults; fields that no response shows are left out. */
function echoOf(to: Prompt): Json {
  const asked = to.dialect === NAME ? settings(to) : {};
  const shown: Json = { ...DEFAULTS };
  for (const key in asked) if (SHOWN.has(key) && asked[key] !== null) shown[key] = asked[key];
  shown.text = { ...(DEFAULTS.text as Json), ...(asked.text as Json | undefined) };
  shown.reasoning = { ...(DEFAULTS.reasoning as Json), ...(asked.reasoning as Json | undefined) };
  return shown;
}

const DEFAULTS: Json = {
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: 'default',
  store: false,
  temperature: 1,
  text: { format: { type: 'text' }, verbosity: 'medium' },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
  user: null,
  metadata: {},
};

/** `store` and `service_tier` tell what was done, not what was asked. */
const SHOWN: ReadonlySet<string> = new Set(Object.keys(DEFAULTS).filter((key) => key !== 'store' && key !== 'service_tier'));

function usageSaid(usage: Usage): Json {
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0, reasoning = 0 } = usage;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}
