import { randomUUID } from 'node:crypto';
import type { Outcome, Piece } from './generate.ts';

interface Call {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/**
 * Shapes the pieces of one generation as OpenAI chat or text completions. The caller feeds every piece once:
 * `piece` gives stream chunks, `whole` the answer in one.
 */
export class Answer {
  readonly #kind: 'chat' | 'text';
  readonly #model: string;
  readonly #id: string;
  readonly #created: number;
  readonly #calls: Call[] = [];
  #text = '';
  #thought = '';

  constructor(kind: 'chat' | 'text', model: string) {
    this.#kind = kind;
    this.#model = model;
    this.#id = `${kind === 'chat' ? 'chatcmpl' : 'cmpl'}-${randomUUID().replaceAll('-', '')}`;
    this.#created = Math.floor(Date.now() / 1000);
  }

  /** The chunk a stream opens with, undefined for text completions. */
  open(): object | undefined {
    return this.#kind === 'chat' ? this.#chunk({ role: 'assistant', content: '' }, null) : undefined;
  }

  /** Takes one piece in and gives its chunk. */
  piece(piece: Piece): object {
    switch (piece.kind) {
      case 'text':
        this.#text += piece.text;
        return this.#chunk({ content: piece.text }, null);
      case 'thought':
        this.#thought += piece.text;
        return this.#chunk({ reasoning_content: piece.text }, null);
      case 'call': {
        const call: Call = {
          id: `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
          type: 'function',
          function: { name: piece.name, arguments: '' },
        };
        this.#calls.push(call);
        return this.#chunk({ tool_calls: [{ index: piece.index, ...call }] }, null);
      }
      case 'arguments': {
        (this.#calls[piece.index] as Call).function.arguments += piece.text;
        return this.#chunk({ tool_calls: [{ index: piece.index, function: { arguments: piece.text } }] }, null);
      }
    }
  }

  /** The last chunks: the finish reason and, where asked for, the usage. */
  close(outcome: Outcome, wantsUsage: boolean): object[] {
    const last = this.#chunk({}, outcome.finish);
    return wantsUsage ? [last, { ...(last as object), choices: [], usage: usage(outcome) }] : [last];
  }

  whole(outcome: Outcome): object {
    const common = { id: this.#id, created: this.#created, model: this.#model, usage: usage(outcome) };
    if (this.#kind === 'text') {
      return {
        ...common,
        object: 'text_completion',
        choices: [{ index: 0, text: this.#text, logprobs: null, finish_reason: outcome.finish }],
      };
    }
    const message = {
      role: 'assistant',
      content: this.#text === '' && this.#calls.length > 0 ? null : this.#text,
      ...(this.#thought === '' ? {} : { reasoning_content: this.#thought }),
      ...(this.#calls.length === 0 ? {} : { tool_calls: this.#calls }),
    };
    return { ...common, object: 'chat.completion', choices: [{ index: 0, message, logprobs: null, finish_reason: outcome.finish }] };
  }

  #chunk(delta: { content?: string; [field: string]: unknown }, finish: string | null): object {
    const common = { id: this.#id, created: this.#created, model: this.#model };
    if (this.#kind === 'text') {
      return {
        ...common,
        object: 'text_completion',
        choices: [{ index: 0, text: delta.content ?? '', logprobs: null, finish_reason: finish }],
      };
    }
    return { ...common, object: 'chat.completion.chunk', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] };
  }
}

function usage(outcome: Outcome): object {
  return {
    prompt_tokens: outcome.promptTokens,
    completion_tokens: outcome.completionTokens,
    total_tokens: outcome.promptTokens + outcome.completionTokens,
    prompt_tokens_details: { cached_tokens: outcome.cachedTokens },
    completion_tokens_details: { reasoning_tokens: outcome.thoughtTokens },
  };
}
