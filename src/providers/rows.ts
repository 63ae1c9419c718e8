import type { Zone } from '../protocol/zone.ts';

/** A model server as people run it: where it listens when nobody said otherwise. */
interface LocalRow {
  name: string;
  title: string;
  dialect: string;
  url: string;
  zone: Zone;
  quirks?: readonly string[];
}

/** A provider known by the environment variable in which people keep its key. */
interface KeyedRow extends LocalRow {
  /** The first one that is set counts. */
  variables: readonly string[];
  /** Variables by which tools are pointed elsewhere: the key then belongs to that place, which may be Freehold itself. */
  elsewhere?: readonly string[];
}

/** The usual ports of servers on this machine, in the order in which they are preferred. */
export const LOCAL: readonly LocalRow[] = [
  {
    name: 'vllm',
    title: 'vLLM',
    dialect: 'openai-chat',
    url: 'http://127.0.0.1:8000/v1',
    zone: 'own',
    quirks: ['top-k', 'plain-roles', 'clamp-limit', 'no-suffix'],
  },
  {
    name: 'sglang',
    title: 'SGLang',
    dialect: 'openai-chat',
    url: 'http://127.0.0.1:30000/v1',
    zone: 'own',
    // Calls stay text unless a parser was chosen at its start: https://github.com/sgl-project/sglang/pull/10184
    quirks: ['top-k', 'plain-roles', 'clamp-limit', 'printed-calls'],
  },
  {
    name: 'llamacpp',
    title: 'llama.cpp',
    dialect: 'openai-chat',
    url: 'http://127.0.0.1:8080/v1',
    zone: 'own',
    quirks: ['top-k', 'plain-roles', 'small-bounds', 'no-suffix'],
  },
  { name: 'ollama', title: 'Ollama', dialect: 'ollama', url: 'http://127.0.0.1:11434', zone: 'own' },
  {
    name: 'lmstudio',
    title: 'LM Studio',
    dialect: 'openai-chat',
    url: 'http://127.0.0.1:1234/v1',
    zone: 'own',
    // Calls that it cannot read stay text: https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/2115
    quirks: ['plain-roles', 'no-suffix', 'printed-calls'],
  },
];

/** Providers with a key in the environment. */
export const KEYED: readonly KeyedRow[] = [
  {
    name: 'anthropic',
    title: 'Anthropic',
    dialect: 'anthropic',
    url: 'https://api.anthropic.com',
    zone: 'vendor',
    variables: ['ANTHROPIC_API_KEY'],
    elsewhere: ['ANTHROPIC_BASE_URL'],
  },
  {
    name: 'openai',
    title: 'OpenAI',
    dialect: 'openai-responses',
    url: 'https://api.openai.com/v1',
    zone: 'vendor',
    variables: ['OPENAI_API_KEY'],
    elsewhere: ['OPENAI_BASE_URL', 'OPENAI_API_BASE'],
  },
  {
    name: 'gemini',
    title: 'Google Gemini',
    dialect: 'openai-chat',
    url: 'https://generativelanguage.googleapis.com/v1beta/openai',
    zone: 'vendor',
    variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    elsewhere: ['GOOGLE_GEMINI_BASE_URL'],
  },
  {
    name: 'openrouter',
    title: 'OpenRouter',
    dialect: 'openai-chat',
    url: 'https://openrouter.ai/api/v1',
    zone: 'vendor',
    variables: ['OPENROUTER_API_KEY'],
  },
  {
    name: 'mistral',
    title: 'Mistral',
    dialect: 'openai-chat',
    url: 'https://api.mistral.ai/v1',
    zone: 'vendor',
    quirks: ['strict-messages', 'short-call-ids', 'max-tokens'],
    variables: ['MISTRAL_API_KEY'],
  },
  {
    name: 'deepseek',
    title: 'DeepSeek',
    dialect: 'openai-chat',
    url: 'https://api.deepseek.com/v1',
    zone: 'vendor',
    variables: ['DEEPSEEK_API_KEY'],
  },
  { name: 'x-ai', title: 'xAI', dialect: 'openai-chat', url: 'https://api.x.ai/v1', zone: 'vendor', variables: ['XAI_API_KEY'] },
  {
    name: 'groq',
    title: 'Groq',
    dialect: 'openai-chat',
    url: 'https://api.groq.com/openai/v1',
    zone: 'vendor',
    variables: ['GROQ_API_KEY'],
  },
  {
    name: 'togetherai',
    title: 'Together AI',
    dialect: 'openai-chat',
    url: 'https://api.together.ai/v1',
    zone: 'vendor',
    variables: ['TOGETHER_API_KEY'],
  },
  {
    name: 'fireworks',
    title: 'Fireworks AI',
    dialect: 'openai-chat',
    url: 'https://api.fireworks.ai/inference/v1',
    zone: 'vendor',
    variables: ['FIREWORKS_API_KEY'],
  },
  {
    name: 'cerebras',
    title: 'Cerebras',
    dialect: 'openai-chat',
    url: 'https://api.cerebras.ai/v1',
    zone: 'vendor',
    variables: ['CEREBRAS_API_KEY'],
  },
];
