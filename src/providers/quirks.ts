import { fits } from '../protocol/pattern.ts';

/** Named adjustments: what a provider or a model needs that its dialect does not say. The dialects read these names. */
export const QUIRKS: Readonly<Record<string, string>> = {
  'top-k': 'takes top_k, which its dialect does not have',
  'max-completion-tokens': 'wants max_completion_tokens in place of max_tokens',
  'max-tokens': 'does not know max_completion_tokens',
  'developer-role': 'takes instructions as role developer in place of system',
  'custom-tools': 'takes tools whose input is plain text or a grammar',
  'prompt-cache-key': 'takes prompt_cache_key',
  'effort-none': 'stops thinking on reasoning_effort none',
  'no-effort': 'refuses reasoning_effort, because how much it thinks cannot be set',
  'reasoning-content-back': 'wants its earlier thoughts back as reasoning_content',
  'no-sealed-reasoning': 'refuses to be asked for encrypted reasoning, because it does not think',
  'thinking-budget': 'takes a budget for thinking in fields of its maker, which its dialect passes through',
  'cache-points': 'takes cache points behind what shall be cached',
  'thinking-adaptive': 'takes adaptive thinking and an effort in place of a budget of tokens',
  'thinking-always': 'refuses to have its thinking switched off',
  'thinking-level': 'takes a level of thinking, in place of a budget of tokens or a plain yes',
  'api-schemas': 'takes schemas of the kind that its API describes, and no JSON Schema',
  'plain-roles': 'takes one system message in front and no role developer, as most chat templates do',
  'strict-messages': 'refuses messages with fields that it does not know',
  'short-call-ids': 'takes ids of tool calls with nine letters and digits only',
  'clamp-limit': 'refuses a limit that does not fit into the window behind the prompt',
  'small-bounds': 'refuses schemas with sizes or repetitions above 2000',
  'simple-patterns': 'refuses schemas with patterns that are not anchored at both ends or use shorthands such as backslash d',
  'think-tags': 'leaves thoughts between <think> tags in the text',
  'think-tag-open': 'begins its answer inside a thought whose opening tag stands in the chat template',
  'leaked-tokens': 'spells out tokens of its template behind a text, which are taken off there',
  'nested-arguments': 'writes lists and objects in tool arguments as JSON inside strings',
  'printed-calls': 'prints tool calls as text, which become calls when they name a declared tool and fit its schema',
  'whole-tool-answers': 'streams tool calls in broken pieces, so that it is asked for whole answers where there are tools',
  'streams-only': 'is asked for streams only, because a whole answer may outlast the clocks on the way',
  'unchecked-output': 'may answer freely where a JSON schema was asked for, so that its answers are checked here',
  'no-suffix': 'takes no suffix in completions, so that what is to be filled in goes out in the tokens of the model',
  'fim-path': 'fills in at a door of its own, whose answers look like those of a conversation',
  'fim-pipes': 'fills in between the tokens fim_prefix, fim_suffix and fim_middle written with bars, as Qwen Coder does',
  'fim-angles': 'fills in between the tokens fim_prefix, fim_suffix and fim_middle written without bars, as StarCoder does',
  'fim-holes': 'fills in between the tokens fim▁begin, fim▁hole and fim▁end, as DeepSeek Coder does',
  'fim-pre-suf': 'fills in between the tokens PRE, SUF and MID, as Code Llama does',
  'fim-brackets': 'fills in behind the tokens SUFFIX and PREFIX in brackets, as Codestral does',
  'goes-on': 'goes on with an answer whose beginning is the last message, so that one that broke off is continued without a word between',
  thinks: 'is known to think, so that a wish to think may be sent where it is an error for other models',
};

interface ModelRow {
  /** Names, `*` for any text. */
  models: readonly string[];
  quirks: readonly string[];
  source: string;
  /** When it was read. */
  date: string;
}

/** What is known of models by their names, wherever they are served. */
export const MODEL_QUIRKS: readonly ModelRow[] = [
  {
    models: ['claude-*-4-6*', 'claude-*-4-7*', 'claude-*-4-8*', 'claude-opus-5*', 'claude-sonnet-5*', 'claude-haiku-5*', 'claude-fable-*'],
    quirks: ['thinking-adaptive'],
    source: 'https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking',
    date: '2026-11-22',
  },
  {
    models: ['claude-opus-5-5*', 'claude-sonnet-5-5*', 'claude-fable-*', '*anthropic.claude-opus-5-5*', '*anthropic.claude-sonnet-5-5*'],
    quirks: ['thinking-always'],
    source: 'https://openrouter.ai/docs/cookbook/evaluate-and-optimize/model-migrations/claude-5-5',
    date: '2026-11-22',
  },
  {
    models: ['*anthropic.claude-*'],
    quirks: ['thinking-budget', 'cache-points', 'top-k'],
    source: 'https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html and /claude-messages-extended-thinking.html',
    date: '2026-11-22',
  },
  {
    models: [
      '*anthropic.claude-*-4-6*',
      '*anthropic.claude-*-4-7*',
      '*anthropic.claude-*-4-8*',
      '*anthropic.claude-opus-5*',
      '*anthropic.claude-sonnet-5*',
      '*anthropic.claude-haiku-5*',
      '*anthropic.claude-fable-*',
    ],
    quirks: ['thinking-adaptive'],
    source: 'https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking',
    date: '2026-11-22',
  },
  {
    models: ['*grok-4', '*grok-4-0709', '*grok-4-latest', '*grok-4-fast*', '*grok-4-1-*', '*grok-4.1-*', '*grok-4.20-*', '*grok-code-*'],
    quirks: ['no-effort'],
    source:
      'https://github.com/vercel/ai/releases/tag/@ai-sdk%2Fxai@4.0.8; https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/grok/capabilities/reasoning',
    date: '2026-11-22',
  },
  {
    models: ['*amazon.nova-*'],
    quirks: ['cache-points'],
    source: 'https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html',
    date: '2026-11-22',
  },
  {
    models: ['gpt-5*', 'o1*', 'o3*', 'o4*'],
    quirks: ['max-completion-tokens', 'developer-role'],
    source: 'openai 7.57.0 (npm), resources/chat/completions: max_tokens, ChatCompletionDeveloperMessageParam',
    date: '2026-11-22',
  },
  {
    models: ['gpt-5*'],
    quirks: ['custom-tools', 'prompt-cache-key'],
    source: 'openai 7.57.0 (npm), resources/chat/completions: ChatCompletionCustomTool, prompt_cache_key',
    date: '2026-11-22',
  },
  {
    models: ['gpt-4*', 'gpt-3.5*', 'chatgpt-4o*'],
    quirks: ['no-sealed-reasoning'],
    source: 'no page found; harmless where it is wrong, since these models do not think',
    date: '2026-11-22',
  },
  {
    models: ['mistral-*', 'ministral-*', 'codestral-*', 'devstral-*', 'magistral-*', 'mixtral-*', 'open-mistral-*'],
    quirks: ['short-call-ids'],
    source: 'https://github.com/langchain-ai/langchain/issues/24668: "Tool call id must be a-z, A-Z, 0-9, with a length of 9"',
    date: '2026-11-22',
  },
  {
    models: ['gemini-3*'],
    quirks: ['thinking-level'],
    source: 'https://ai.google.dev/gemini-api/docs/thinking: thinkingLevel is for Gemini 3 and later',
    date: '2026-11-22',
  },
  {
    models: ['gemini-2.5-pro*', 'gemini-3-pro*', 'gemini-3.1-pro*'],
    quirks: ['thinking-always'],
    source: 'https://ai.google.dev/gemini-api/docs/thinking: thinking cannot be disabled, 2.5 Pro takes 128 tokens at least',
    date: '2026-11-22',
  },
  {
    models: ['gemini-1*', 'gemini-2.0*'],
    quirks: ['api-schemas'],
    source:
      'https://ai.google.dev/gemini-api/docs/structured-output and https://github.com/vercel/ai/issues/6494: JSON Schema came with 2.5',
    date: '2026-11-22',
  },
  {
    models: ['*qwen2.5-coder*', '*Qwen2.5-Coder*'],
    quirks: ['printed-calls', 'leaked-tokens'],
    source:
      'https://github.com/ollama/ollama/issues/12174 (bare JSON) and https://github.com/ggml-org/llama.cpp/issues/9606 (<|endoftext|>)',
    date: '2026-11-22',
  },
  {
    models: ['*tiny-aya*'],
    quirks: ['leaked-tokens'],
    source: 'https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1535: texts end in <|END_RESPONSE|>',
    date: '2026-11-22',
  },
  {
    models: ['*qwen2.5-coder*', '*Qwen2.5-Coder*', '*qwen3-coder*', '*Qwen3-Coder*', '*codegemma*'],
    quirks: ['fim-pipes'],
    source: 'https://github.com/QwenLM/Qwen2.5-Coder, README: fill in the middle; https://huggingface.co/google/codegemma-2b',
    date: '2026-11-22',
  },
  {
    models: ['*starcoder*', '*stable-code*'],
    quirks: ['fim-angles'],
    source: 'https://huggingface.co/bigcode/starcoder, model card: fill-in-the-middle',
    date: '2026-11-22',
  },
  {
    models: ['*deepseek-coder*'],
    quirks: ['fim-holes'],
    source: 'https://github.com/deepseek-ai/DeepSeek-Coder, README: code insertion',
    date: '2026-11-22',
  },
  {
    models: ['*codellama*', '*CodeLlama*'],
    quirks: ['fim-pre-suf'],
    source: 'https://huggingface.co/codellama/CodeLlama-7b-hf and its tokenizer: prefix, suffix and middle tokens',
    date: '2026-11-22',
  },
  {
    models: ['*codestral*', '*Codestral*'],
    quirks: ['fim-brackets'],
    source: 'mistral-common (PyPI), FIM requests of the Codestral tokenizer',
    date: '2026-11-22',
  },
  {
    models: ['*deepseek-coder*', '*codellama*', '*CodeLlama*'],
    quirks: ['leaked-tokens'],
    source: 'https://github.com/Aider-AI/aider/issues/2588 (<|EOT|>) and https://github.com/continuedev/continue/issues/867 (<EOT>)',
    date: '2026-11-22',
  },
  {
    models: ['*granite-4*'],
    quirks: ['nested-arguments'],
    source: 'https://github.com/vllm-project/vllm/pull/25729: all arguments as one JSON string',
    date: '2026-11-22',
  },
  {
    models: ['gpt-oss*'],
    quirks: ['thinking-level'],
    source:
      'https://github.com/ollama/ollama-js/pull/239: levels for these alone; others refuse them (https://github.com/ollama/ollama/issues/12561)',
    date: '2026-11-22',
  },
  {
    models: ['gpt-oss*', 'deepseek-r1*'],
    quirks: ['thinks'],
    source: 'https://ollama.com/blog/thinking and ollama 0.6.4 (npm), interfaces: ChatRequest.think',
    date: '2026-11-22',
  },
];

/** All adjustments for a model: those known by its name, its provider's and its own. Undefined when there are none. */
export function quirksOf(model: string, ...more: (readonly string[] | undefined)[]): ReadonlySet<string> | undefined {
  const known = MODEL_QUIRKS.filter((row) => row.models.some((pattern) => fits(pattern, model))).flatMap((row) => row.quirks);
  const all = new Set([...known, ...more.flatMap((one) => one ?? [])]);
  return all.size ? all : undefined;
}
