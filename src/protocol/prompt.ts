import type { Block } from './block.ts';
import type { Rest } from './rest.ts';

/** One speaker's contribution. Tool results are part of a user turn; instructions may stand anywhere as system turns. */
export interface Turn {
  role: 'system' | 'user' | 'assistant';
  blocks: Block[];
  rest?: Rest;
  /** How the source dialect wrote it (plain string, top-level field, "developer"); read by that dialect only. */
  form?: string;
}

export type JsonSchema = Record<string, unknown>;

/** A tool called with a JSON object. */
export interface FunctionTool {
  kind: 'function';
  name: string;
  namespace?: string;
  description?: string;
  schema?: JsonSchema;
  strict?: boolean;
  rest?: Rest;
}

/** A tool called with one raw string, perhaps held to a grammar. */
export interface TextTool {
  kind: 'text';
  name: string;
  namespace?: string;
  description?: string;
  /** The dialect's own format object, e.g. a grammar with its syntax. */
  format?: unknown;
  rest?: Rest;
}

/** A tool the provider runs itself (web search, code execution): known to one dialect only. */
export interface OpaqueTool {
  kind: 'opaque';
  dialect: string;
  label: string;
  raw: unknown;
}

export type Tool = FunctionTool | TextTool | OpaqueTool;
export type ToolChoice = { mode: 'auto' | 'none' | 'required'; allowed?: string[] } | { mode: 'named'; name: string; namespace?: string };

export type OutputFormat =
  | { kind: 'text' }
  | { kind: 'json' }
  | { kind: 'schema'; schema: JsonSchema; name?: string; description?: string; strict?: boolean };

/** How much the model shall think. Dialects speak of effort, of a token budget, or of neither. */
export interface Reasoning {
  /** `off` is an explicit wish not to think; `adaptive` leaves the amount to the model. */
  mode?: 'on' | 'off' | 'adaptive';
  effort?: string;
  /** Tokens. */
  budget?: number;
  /** How thoughts are shown: a provider's summary style or display mode. */
  summary?: string;
}

export interface Sampling {
  temperature?: number;
  topP?: number;
  topK?: number;
  seed?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
}

/** What is asked, in no vendor's shape. Made by a dialect's `accept`, read by any dialect's `ask` and `answer`. */
export interface Prompt {
  /** The dialect it was asked in. */
  dialect: string;
  /** The model as the client named it. */
  model: string;
  stream: boolean;
  turns: Turn[];
  tools: Tool[];
  toolChoice?: ToolChoice;
  parallelTools?: boolean;
  output?: OutputFormat;
  reasoning?: Reasoning;
  /** Most tokens to write. */
  maxTokens?: number;
  stop?: string[];
  sampling: Sampling;
  /** The end user's id, for abuse tracking. */
  user?: string;
  /** Requests with the same key share a prompt cache. */
  cacheKey?: string;
  /** The client wants usage on the stream, where that is a choice. */
  streamUsage?: boolean;
  rest?: Rest;
  /** Names in `rest` that the meaning depends on: another dialect refuses them instead of dropping them. */
  meaning?: ReadonlySet<string>;
  /** How the source dialect spelled what has several spellings; read by that dialect only. */
  form?: Record<string, string>;
}
