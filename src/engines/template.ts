import type { ChatHistoryItem, ChatModelFunctions, ChatModelResponse, ChatWrapper, LlamaModel, LlamaText, Token } from 'node-llama-cpp';
import type { AskMessage, AskTool } from './ask.ts';
import type { Mark } from './scan.ts';

/** How a model writes a tool call, as texts to recognise and to put in its mouth. */
export interface CallSyntax {
  /** What begins every call, up to the name. */
  prefix: LlamaText;
  /** Between the name and the arguments. */
  beforeArguments: (name: string) => LlamaText;
  suffix: (name: string) => LlamaText;
  /** Null when the model makes one call a turn. */
  betweenCalls: LlamaText | null;
  /** By what a call after the first is known. */
  nextTrigger: string;
}

/** A conversation as the tokens the model reads, and what to watch for in what it writes. */
export interface Rendered {
  tokens: Token[];
  marks: Mark[];
  isThinkingFirst: boolean;
  call: CallSyntax;
}

type Lib = typeof import('node-llama-cpp');

/**
 * Turns conversations into tokens with the chat template that is inside the weights. A model without a template
 * (a base model) gets the texts one below the other and continues them.
 */
export class ChatTemplate {
  readonly #lib: Lib;
  readonly #model: LlamaModel;
  readonly #wrapper: ChatWrapper;
  readonly isChat: boolean;

  constructor(lib: Lib, model: LlamaModel) {
    this.#lib = lib;
    this.#model = model;
    const template = model.fileInfo.metadata.tokenizer?.chat_template;
    this.isChat = typeof template === 'string' && template.trim() !== '';
    this.#wrapper = this.isChat ? lib.resolveChatWrapper(model) : new lib.EmptyChatWrapper();
  }

  /** The name of the template form in use, for the log. */
  get name(): string {
    return this.isChat ? this.#wrapper.wrapperName : 'plain text';
  }

  /** @param mustCall the answer must begin with a tool call; its prefix is put in the model's mouth */
  render(messages: readonly AskMessage[], tools: readonly AskTool[], mustCall: boolean): Rendered {
    const { LlamaText } = this.#lib;
    const settings = this.#wrapper.settings;
    const { call, parallelism } = settings.functions;
    const prefix = LlamaText([parallelism?.call.sectionPrefix ?? '', call.prefix]);
    const betweenCalls = parallelism ? LlamaText([parallelism.call.betweenCalls ?? '', call.prefix]) : null;
    const syntax: CallSyntax = {
      prefix,
      beforeArguments: (name) => fill(LlamaText(call.paramsPrefix), name),
      suffix: (name) => fill(LlamaText(call.suffix), name),
      betweenCalls,
      nextTrigger: betweenCalls === null ? '' : this.#trigger(betweenCalls),
    };
    const { context, stops, marks, isThinkingFirst } = this.isChat ? this.#chat(messages, tools, mustCall) : this.#plain(messages, tools);
    if (tools.length > 0) {
      for (const one of [prefix, ...(call.prefixAlternateMatches ?? []).map((text) => LlamaText(text))]) {
        marks.push({ text: this.#trigger(one), kind: 'call' });
      }
    }
    for (const stop of stops) marks.push({ text: this.#textOf(stop), kind: 'stop' });
    const tokens = context.tokenize(this.#model.tokenizer);
    return { tokens, marks, isThinkingFirst, call: syntax };
  }

  /** The tokens of a piece that follows other text. */
  tokens(text: LlamaText): Token[] {
    return text.tokenize(this.#model.tokenizer, 'trimLeadingSpace');
  }

  #chat(messages: readonly AskMessage[], tools: readonly AskTool[], mustCall: boolean) {
    const { LlamaText } = this.#lib;
    const hasOwnCalls = this.#hasOwnCalls();
    const history = toHistory(hasOwnCalls || tools.length === 0 ? messages : [{ role: 'system', text: offer(tools) }, ...messages]);
    if (history.at(-1)?.type !== 'model') history.push({ type: 'model', response: [] });
    const state = this.#wrapper.generateContextState({
      chatHistory: history,
      ...(tools.length > 0 && hasOwnCalls ? { availableFunctions: toFunctions(tools), documentFunctionParams: true } : {}),
    });
    const marks: Mark[] = [];
    let context = state.contextText;
    const thought = this.#wrapper.settings.segments?.thought;
    const opener = thought?.prefix;
    const isOpenedByTemplate = typeof opener === 'object' && !LlamaText.isLlamaText(opener);
    const isNewAnswer = (history.at(-1) as ChatModelResponse).response.length === 0;
    let isThinkingFirst = isOpenedByTemplate && isNewAnswer;
    if (thought?.suffix !== undefined) marks.push({ text: this.#textOf(LlamaText(thought.suffix)).trim(), kind: 'think-close' });
    if (opener !== undefined && !isOpenedByTemplate) {
      const text = LlamaText(opener as string | LlamaText);
      marks.push({ text: this.#textOf(text).trim(), kind: 'think-open' });
      if (thought?.openOnResponseStart === true && isNewAnswer && !mustCall) {
        context = LlamaText([context, text]);
        isThinkingFirst = true;
      }
    }
    for (const trigger of state.prefixTriggers ?? []) {
      const kind = trigger.type === 'functionCall' ? 'call' : trigger.type === 'segment' ? 'think-open' : 'answer-open';
      if (kind === 'call' && tools.length === 0) continue;
      for (const text of trigger.triggers) marks.push({ text: this.#textOf(text), kind });
    }
    return { context, stops: state.stopGenerationTriggers, marks, isThinkingFirst: isThinkingFirst && !mustCall };
  }

  #plain(messages: readonly AskMessage[], tools: readonly AskTool[]) {
    const { LlamaText, SpecialToken } = this.#lib;
    const texts = messages.map((message) => message.text).filter((text) => text !== '');
    const body = [...(tools.length > 0 ? [offer(tools)] : []), ...texts].join('\n\n');
    const bos = this.#model.tokens.shouldPrependBosToken ? [new SpecialToken('BOS')] : [];
    return { context: LlamaText([...bos, body]), stops: [] as LlamaText[], marks: [] as Mark[], isThinkingFirst: false };
  }

  // The library's own way to explain calls to a model that was taught none takes 300 tokens; a small window has not got them.
  #hasOwnCalls(): boolean {
    return this.#wrapper.settings.functions.call.prefix !== this.#lib.ChatWrapper.defaultSettings.functions.call.prefix;
  }

  // The first special token of a call's beginning is enough to know it; the rest is then put in the model's mouth.
  #trigger(prefix: LlamaText): string {
    const { SpecialTokensText } = this.#lib;
    const first = prefix.values.findIndex((value) => value instanceof SpecialTokensText);
    if (first < 0) return this.#textOf(prefix).trim();
    const special = this.#textOf(this.#lib.LlamaText(prefix.values[first] as string)).trim();
    return special.length > 3 ? (special.split('\n')[0] as string) : this.#textOf(prefix).trim();
  }

  #textOf(text: LlamaText): string {
    const { SpecialToken } = this.#lib;
    return text.values
      .map((value) => (value instanceof SpecialToken ? this.#model.detokenize(value.tokenize(this.#model.tokenizer), true) : String(value)))
      .join('');
  }
}

/** Tools explained to a model whose template has no place for them. */
function offer(tools: readonly AskTool[]): string {
  const lines = tools.map((tool) => {
    const fields = Object.entries((tool.parameters?.['properties'] ?? {}) as Record<string, { type?: unknown } | undefined>);
    const signature = `${tool.name}({${fields.map(([name, field]) => (field?.type ? `${name}: ${String(field.type)}` : name)).join(', ')}})`;
    return tool.description ? `${signature} ${tool.description}` : signature;
  });
  return `Functions:\n${lines.join('\n')}\nTo call one, write: ||call: name({"argument": value})`;
}

/** The messages as node-llama-cpp's history: a tool's result sits inside the call it answers. */
export function toHistory(messages: readonly AskMessage[]): ChatHistoryItem[] {
  const history: ChatHistoryItem[] = [];
  const results = new Map<string, string>();
  for (const message of messages) if (message.role === 'tool') results.set(message.callId ?? '', message.text);
  for (const message of messages) {
    if (message.role === 'system') history.push({ type: 'system', text: message.text });
    if (message.role === 'user') history.push({ type: 'user', text: message.text });
    if (message.role !== 'assistant') continue;
    const last = history.at(-1);
    const turn: ChatModelResponse = last?.type === 'model' ? last : { type: 'model', response: [] };
    if (last !== turn) history.push(turn);
    if (message.reasoning) turn.response.push({ type: 'segment', segmentType: 'thought', text: message.reasoning, ended: true });
    if (message.text !== '') turn.response.push(message.text);
    message.calls?.forEach((call, i) => {
      turn.response.push({
        type: 'functionCall',
        name: call.name,
        params: call.arguments,
        result: asValue(results.get(call.id) ?? ''),
        startsNewChunk: i === 0,
      });
    });
  }
  return history;
}

function toFunctions(tools: readonly AskTool[]): ChatModelFunctions {
  return Object.fromEntries(
    tools.map((tool) => [
      tool.name,
      { ...(tool.description ? { description: tool.description } : {}), params: (tool.parameters ?? null) as never },
    ]),
  );
}

// A result that is itself JSON reads better as a value than as JSON quoted a second time.
function asValue(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function fill(text: LlamaText, name: string): LlamaText {
  return text.mapValues((value) => (typeof value === 'string' ? value.replaceAll('{{functionName}}', name) : value));
}
