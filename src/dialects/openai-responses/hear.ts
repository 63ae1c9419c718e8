import type { Frame, Hearing } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { type Json, object, said } from '../../protocol/json.ts';
import type { FinishReason, Part } from '../../protocol/part.ts';
import { count, type Usage } from '../../protocol/usage.ts';
import { hear as hearError } from './errors.ts';
import { OutputItems } from './hear-items.ts';

/** Reads one answer of an upstream of this dialect. */
export function hear(): Hearing {
  return new ResponseHearing();
}

class ResponseHearing implements Hearing {
  readonly #items = new OutputItems();
  #started = false;
  #over = false;

  frame(frame: Frame): Part[] {
    if (this.#over || frame.data === '' || frame.data.trim() === '[DONE]') return [];
    let parsed: unknown;
    try {
      parsed = JSON.parse(frame.data);
    } catch {
      return this.#fault(new GatewayError('malformed', 'the provider sent an event that is not JSON'));
    }
    const event = object(parsed);
    if (!event) return [];
    const out: Part[] = [];
    this.#event(said(event.type) ?? frame.event, event, out);
    return out;
  }

  get holdsCall(): boolean {
    return this.#items.holdsCall;
  }

  end(): Part[] {
    if (this.#over) return [];
    return this.#fault(new GatewayError('truncated', "the provider's stream ended before response.completed"));
  }

  whole(body: unknown): Part[] {
    const response = object(body);
    if (!response) return this.#fault(new GatewayError('malformed', 'the provider answered with something else than a JSON object'));
    const out: Part[] = [];
    if (Array.isArray(response.output) || said(response.status)) this.#terminal(response, undefined, out);
    else if (response.error) out.push(...this.#fault(hearError(undefined, response)));
    else out.push(...this.#fault(new GatewayError('malformed', 'the provider answered with a body that has no "output"')));
    return out;
  }

  #event(type: string | undefined, event: Json, out: Part[]): void {
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        this.#start(object(event.response), out);
        break;
      case 'response.output_item.added':
        this.#items.added(event, out);
        break;
      case 'response.content_part.added':
      case 'response.reasoning_summary_part.added':
        this.#items.partAdded(event, out);
        break;
      case 'response.output_text.delta':
        this.#items.text(event, event.delta, false, false, out);
        break;
      case 'response.output_text.done':
        this.#items.text(event, event.text, false, true, out);
        break;
      case 'response.refusal.delta':
        this.#items.text(event, event.delta, true, false, out);
        break;
      case 'response.refusal.done':
        this.#items.text(event, event.refusal, true, true, out);
        break;
      case 'response.reasoning_text.delta':
        this.#items.thought(event, 'content', out);
        break;
      case 'response.reasoning_summary_text.delta':
        this.#items.thought(event, 'summary', out);
        break;
      case 'response.function_call_arguments.delta':
        this.#items.input(event, 'function_call', event.delta, false, out);
        break;
      case 'response.function_call_arguments.done':
        this.#items.input(event, 'function_call', event.arguments, true, out);
        break;
      case 'response.custom_tool_call_input.delta':
        this.#items.input(event, 'custom_tool_call', event.delta, false, out);
        break;
      case 'response.custom_tool_call_input.done':
        this.#items.input(event, 'custom_tool_call', event.input, true, out);
        break;
      case 'response.output_item.done':
        this.#items.done(event, out);
        break;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'response.cancelled':
        this.#terminal(object(event.response) ?? {}, type.slice('response.'.length), out);
        break;
      default:
        // `error` events nest the error or are it; some servers send an error object without any type.
        if (type === 'error' || object(event.error)) out.push(...this.#fault(hearError(undefined, event)));
    }
  }

  #start(response: Json | undefined, out: Part[]): void {
    if (this.#started) return;
    this.#started = true;
    out.push({ type: 'start', id: said(response?.id), model: said(response?.model) });
  }

  /** @param event the terminal event's own word for the status; undefined for a whole body */
  #terminal(response: Json, event: string | undefined, out: Part[]): void {
    if (!this.#items.begun) this.#start(response, out);
    const word = said(response.status);
    // Some servers end with the object they began with.
    const isStale = event === 'failed' || event === 'cancelled' || word === 'in_progress' || word === 'queued';
    const status = (isStale ? event : undefined) ?? word ?? event ?? 'completed';
    const failed = status === 'failed' || (object(response.error) !== undefined && status !== 'incomplete');
    if (!failed && status !== 'cancelled') this.#items.complete(response.output, out);
    const usage = usageOf(response.usage);
    if (usage) out.push({ type: 'usage', usage });
    if (failed) out.push(...this.#fault(hearError(undefined, { error: response.error ?? {} })));
    else if (status === 'cancelled') out.push(...this.#fault(new GatewayError('upstream', 'the provider cancelled the response')));
    else if (this.#items.nameless) out.push(...this.#fault(new GatewayError('malformed', 'the model called a tool without naming it')));
    else {
      this.#over = true;
      const cut = said(object(response.incomplete_details)?.reason);
      out.push({ type: 'finish', reason: this.#reason(status, cut), raw: cut ?? status });
    }
  }

  #reason(status: string, cut: string | undefined): FinishReason {
    switch (status) {
      case 'incomplete':
        if (cut === 'content_filter') return 'filter';
        return cut === undefined || cut === 'max_output_tokens' || cut === 'max_tokens' || cut === 'length' ? 'length' : 'other';
      case 'queued':
      case 'in_progress':
        return 'other';
      default:
        if (this.#items.calls > 0) return 'tool-calls';
        return this.#items.refused ? 'refusal' : 'stop';
    }
  }

  #fault(error: GatewayError): Part[] {
    this.#over = true;
    return [{ type: 'fault', error }];
  }
}

/** Input counts cached tokens and output counts thoughts, as in the canonical form. */
function usageOf(value: unknown): Usage | undefined {
  const said = object(value);
  if (!said) return undefined;
  const read = object(said.input_tokens_details);
  const usage: Usage = {};
  const figures: Usage = {
    input: count(said.input_tokens),
    output: count(said.output_tokens),
    cacheRead: count(read?.cached_tokens),
    cacheWrite: count(read?.cache_write_tokens),
    reasoning: count(object(said.output_tokens_details)?.reasoning_tokens),
  };
  for (const [key, figure] of Object.entries(figures)) if (figure !== undefined) (usage as Record<string, number>)[key] = figure;
  return Object.keys(usage).length ? usage : undefined;
}
