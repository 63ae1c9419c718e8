import type { Zone } from '../protocol/zone.ts';
import type { Auth } from './auth.ts';

/** What a provider's address is made of, beside its name. Each has a key of the same name in the file. */
export type Placeholder = 'region' | 'project' | 'resource';

/** How a provider is asked that wants the model in the path instead of the body: `*` stands for the model. */
export interface ModelInPath {
  whole: string;
  stream: string;
  /** The member that stands in the body where the model stood. */
  instead: readonly [name: string, value: string];
}

/** One provider of the catalogue: what can be known of it without asking anybody. */
export interface ProviderRow {
  name: string;
  title: string;
  dialect: string;
  /** Placeholders in braces are filled from the file or from `fills`. */
  url: string;
  /** The same for the region "global", where it is another. */
  globalUrl?: string;
  zone: Zone;
  quirks?: readonly string[];
  /** Variables in which people keep its key; the first one that is set counts. */
  variables?: readonly string[];
  /** Variables by which tools are pointed elsewhere: the key then belongs to that place, which may be Freehold itself. */
  elsewhere?: readonly string[];
  auth?: Auth;
  /** For aws-sigv4: the service signed for. */
  service?: string;
  /** Variables for each placeholder. */
  fills?: Readonly<Partial<Record<Placeholder, readonly string[]>>>;
  /** Where its list of models is, when that is not at its url. */
  listing?: string;
  /** It does not list what this account can ask for, so that models are named in the file. */
  unlisted?: true;
  modelInPath?: ModelInPath;
  /** Where the row was read, and when. */
  source: string;
  date: string;
  /** Whether the repository's tests run against the real thing. */
  tried: boolean;
}

/** A provider known by the environment variable in which people keep its key. */
type KeyedRow = ProviderRow & Required<Pick<ProviderRow, 'variables'>>;

const DATE = '2026-11-22';

/** The usual ports of servers on this machine, in the order in which they are preferred. */
export const LOCAL: readonly ProviderRow[] = [
  {
    name: 'vllm',
    title: 'vLLM',
    dialect: 'openai-chat',
    url: 'http://127.0.0.1:8000/v1',
    zone: 'own',
    quirks: ['top-k', 'plain-roles', 'clamp-limit', 'no-suffix'],
    source: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server/',
    date: DATE,
    tried: false,
  },
  {
    name: 'sglang',
    title: 'SGLang',
    dialect: 'openai-chat',
    url: 'http://127.0.0.1:30000/v1',
    zone: 'own',
    // Calls stay text unless a parser was chosen at its start: https://github.com/sgl-project/sglang/pull/10184
    quirks: ['top-k', 'plain-roles', 'clamp-limit', 'printed-calls', 'nested-arguments'],
    source: 'https://docs.sglang.ai/basic_usage/openai_api_completions.html',
    date: DATE,
    tried: false,
  },
  {
    name: 'llamacpp',
    title: 'llama.cpp',
    dialect: 'openai-chat',
    url: 'http://127.0.0.1:8080/v1',
    zone: 'own',
    quirks: ['top-k', 'plain-roles', 'small-bounds', 'no-suffix', 'simple-patterns'],
    source: 'https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md',
    date: DATE,
    tried: false,
  },
  {
    name: 'ollama',
    title: 'Ollama',
    dialect: 'ollama',
    url: 'http://127.0.0.1:11434',
    zone: 'own',
    source: 'https://github.com/ollama/ollama/blob/main/docs/api.md',
    date: DATE,
    tried: false,
  },
  {
    name: 'lmstudio',
    title: 'LM Studio',
    dialect: 'openai-chat',
    url: 'http://127.0.0.1:1234/v1',
    zone: 'own',
    // Calls that it cannot read stay text, and thoughts do: https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/2115 and /1569
    quirks: ['plain-roles', 'no-suffix', 'think-tags', 'printed-calls', 'nested-arguments'],
    source: 'https://lmstudio.ai/docs/developer/openai-compat',
    date: DATE,
    tried: false,
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
    source: 'https://platform.claude.com/docs/en/api/overview',
    date: DATE,
    tried: false,
  },
  {
    name: 'openai',
    title: 'OpenAI',
    dialect: 'openai-responses',
    url: 'https://api.openai.com/v1',
    zone: 'vendor',
    variables: ['OPENAI_API_KEY'],
    elsewhere: ['OPENAI_BASE_URL', 'OPENAI_API_BASE'],
    source: 'https://platform.openai.com/docs/api-reference',
    date: DATE,
    tried: false,
  },
  {
    name: 'gemini',
    title: 'Google Gemini',
    dialect: 'gemini',
    url: 'https://generativelanguage.googleapis.com',
    zone: 'vendor',
    variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    elsewhere: ['GOOGLE_GEMINI_BASE_URL'],
    source: 'https://ai.google.dev/api',
    date: DATE,
    tried: false,
  },
  {
    name: 'openrouter',
    title: 'OpenRouter',
    dialect: 'openai-chat',
    url: 'https://openrouter.ai/api/v1',
    zone: 'vendor',
    quirks: ['top-k'],
    variables: ['OPENROUTER_API_KEY'],
    source: 'https://openrouter.ai/docs/api-reference/parameters',
    date: DATE,
    tried: false,
  },
  {
    name: 'mistral',
    title: 'Mistral',
    dialect: 'openai-chat',
    url: 'https://api.mistral.ai/v1',
    zone: 'vendor',
    quirks: ['strict-messages', 'short-call-ids', 'max-tokens', 'fim-path'],
    variables: ['MISTRAL_API_KEY'],
    source: 'https://docs.mistral.ai/api/; ids: https://github.com/langchain-ai/langchain/issues/24668',
    date: DATE,
    tried: false,
  },
  {
    name: 'deepseek',
    title: 'DeepSeek',
    dialect: 'openai-chat',
    url: 'https://api.deepseek.com/v1',
    zone: 'vendor',
    quirks: ['plain-roles', 'max-tokens', 'reasoning-content-back'],
    variables: ['DEEPSEEK_API_KEY'],
    source: 'https://api-docs.deepseek.com/guides/thinking_mode',
    date: DATE,
    tried: false,
  },
  {
    name: 'x-ai',
    title: 'xAI',
    dialect: 'openai-chat',
    url: 'https://api.x.ai/v1',
    zone: 'vendor',
    variables: ['XAI_API_KEY'],
    source: 'https://docs.x.ai/docs/api-reference',
    date: DATE,
    tried: false,
  },
  {
    name: 'groq',
    title: 'Groq',
    dialect: 'openai-chat',
    url: 'https://api.groq.com/openai/v1',
    zone: 'vendor',
    quirks: ['strict-messages'],
    variables: ['GROQ_API_KEY'],
    source: 'https://console.groq.com/docs/openai',
    date: DATE,
    tried: false,
  },
  {
    name: 'togetherai',
    title: 'Together AI',
    dialect: 'openai-chat',
    url: 'https://api.together.ai/v1',
    zone: 'vendor',
    quirks: ['top-k', 'plain-roles', 'max-tokens'],
    variables: ['TOGETHER_API_KEY'],
    source: 'https://docs.together.ai/reference/chat-completions-1',
    date: DATE,
    tried: false,
  },
  {
    name: 'fireworks',
    title: 'Fireworks AI',
    dialect: 'openai-chat',
    url: 'https://api.fireworks.ai/inference/v1',
    zone: 'vendor',
    quirks: ['top-k'],
    variables: ['FIREWORKS_API_KEY'],
    source: 'https://docs.fireworks.ai/api-reference/post-chatcompletions',
    date: DATE,
    tried: false,
  },
  {
    name: 'cerebras',
    title: 'Cerebras',
    dialect: 'openai-chat',
    url: 'https://api.cerebras.ai/v1',
    zone: 'vendor',
    quirks: ['strict-messages'],
    variables: ['CEREBRAS_API_KEY'],
    source: 'https://inference-docs.cerebras.ai/resources/openai',
    date: DATE,
    tried: false,
  },
  {
    name: 'moonshot',
    title: 'Moonshot AI (Kimi)',
    dialect: 'openai-chat',
    url: 'https://api.moonshot.ai/v1',
    zone: 'vendor',
    quirks: ['plain-roles', 'max-tokens', 'reasoning-content-back'],
    variables: ['MOONSHOT_API_KEY'],
    source: 'https://platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model',
    date: DATE,
    tried: false,
  },
  {
    name: 'zai',
    title: 'Z.ai',
    dialect: 'openai-chat',
    url: 'https://api.z.ai/api/paas/v4',
    zone: 'vendor',
    quirks: ['plain-roles', 'max-tokens', 'strict-messages', 'reasoning-content-back'],
    variables: ['ZAI_API_KEY', 'ZHIPU_API_KEY'],
    source: 'https://docs.z.ai/guides/capabilities/thinking-mode',
    date: DATE,
    tried: false,
  },
  {
    name: 'alibaba',
    title: 'Alibaba Cloud Model Studio',
    dialect: 'openai-chat',
    url: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    zone: 'vendor',
    quirks: ['top-k', 'plain-roles', 'max-tokens'],
    variables: ['DASHSCOPE_API_KEY'],
    source: 'https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope',
    date: DATE,
    tried: false,
  },
];

/** Providers that are taken by name: they share a port with others, or their address needs more than a key. */
export const NAMED: readonly ProviderRow[] = [
  {
    name: 'tgi',
    title: 'Text Generation Inference',
    dialect: 'openai-chat',
    url: 'http://127.0.0.1:8080/v1',
    zone: 'own',
    quirks: ['plain-roles', 'max-tokens', 'no-suffix'],
    source: 'https://huggingface.co/docs/text-generation-inference/en/messages_api',
    date: DATE,
    tried: false,
  },
  {
    name: 'localai',
    title: 'LocalAI',
    dialect: 'openai-chat',
    url: 'http://127.0.0.1:8080/v1',
    zone: 'own',
    quirks: ['top-k', 'plain-roles', 'max-tokens', 'no-suffix'],
    source: 'https://localai.io/features/text-generation/',
    date: DATE,
    tried: false,
  },
  {
    name: 'azure-openai',
    title: 'Azure OpenAI',
    dialect: 'openai-chat',
    url: 'https://{resource}.openai.azure.com/openai/v1',
    zone: 'vendor',
    variables: ['AZURE_OPENAI_API_KEY'],
    auth: 'api-key',
    fills: { resource: ['AZURE_OPENAI_RESOURCE', 'AZURE_RESOURCE_NAME'] },
    unlisted: true,
    source: 'https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle',
    date: DATE,
    tried: false,
  },
  {
    name: 'amazon-bedrock',
    title: 'Amazon Bedrock (Converse)',
    dialect: 'bedrock',
    url: 'https://bedrock-runtime.{region}.amazonaws.com',
    zone: 'vendor',
    variables: ['AWS_BEARER_TOKEN_BEDROCK'],
    auth: 'aws-sigv4',
    service: 'bedrock',
    fills: { region: ['AWS_REGION', 'AWS_DEFAULT_REGION'] },
    listing: 'https://bedrock.{region}.amazonaws.com/inference-profiles?maxResults=1000',
    source: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html',
    date: DATE,
    tried: false,
  },
  {
    name: 'vertex',
    title: 'Vertex AI, Gemini',
    dialect: 'gemini',
    url: 'https://{region}-aiplatform.googleapis.com/v1/projects/{project}/locations/{region}/publishers/google',
    globalUrl: 'https://aiplatform.googleapis.com/v1/projects/{project}/locations/global/publishers/google',
    zone: 'vendor',
    auth: 'google',
    fills: { project: ['GOOGLE_CLOUD_PROJECT'], region: ['GOOGLE_CLOUD_LOCATION', 'GOOGLE_CLOUD_REGION'] },
    unlisted: true,
    source: 'https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference',
    date: DATE,
    tried: false,
  },
  {
    name: 'vertex-anthropic',
    title: 'Vertex AI, Claude',
    dialect: 'anthropic',
    url: 'https://{region}-aiplatform.googleapis.com/v1/projects/{project}/locations/{region}/publishers/anthropic',
    globalUrl: 'https://aiplatform.googleapis.com/v1/projects/{project}/locations/global/publishers/anthropic',
    zone: 'vendor',
    auth: 'google',
    fills: { project: ['GOOGLE_CLOUD_PROJECT'], region: ['CLOUD_ML_REGION', 'GOOGLE_CLOUD_LOCATION'] },
    unlisted: true,
    modelInPath: {
      whole: '/v1/models/*:rawPredict',
      stream: '/v1/models/*:streamRawPredict',
      instead: ['anthropic_version', 'vertex-2023-10-16'],
    },
    source: 'https://platform.claude.com/docs/en/api/claude-on-vertex-ai',
    date: DATE,
    tried: false,
  },
  {
    name: 'github-models',
    title: 'GitHub Models',
    dialect: 'openai-chat',
    url: 'https://models.github.ai/inference?api-version=2024-12-01-preview',
    zone: 'vendor',
    variables: ['GITHUB_TOKEN'],
    unlisted: true,
    source: 'https://docs.github.com/en/rest/models/inference',
    date: DATE,
    tried: false,
  },
];

/** The whole catalogue. */
export const ROWS: readonly ProviderRow[] = [...LOCAL, ...KEYED, ...NAMED];
