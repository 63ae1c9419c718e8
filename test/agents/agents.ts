import { type Client, first, json, node, PLATFORM, type Place, type Thoughts } from './client.ts';

const claudeCode: Client = {
  name: 'claude-code',
  label: 'Claude Code',
  speaks: 'anthropic',
  folder: 'claude-code',
  package: '@anthropic-ai/claude-code',
  model: 'claude-sonnet-4-5',
  kind: 'agent',
  thoughts: 'all',
  command: ({ url, key, model, prompt, installed }) => ({
    file: first(
      installed,
      `@anthropic-ai/claude-code-${PLATFORM}/claude`,
      `@anthropic-ai/claude-code-${PLATFORM}/claude.exe`,
      '@anthropic-ai/claude-code/bin/claude.exe',
    ),
    args: ['-p', prompt, '--model', model, '--permission-mode', 'bypassPermissions', '--output-format', 'text'],
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: key,
      IS_SANDBOX: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_TELEMETRY: '1',
      DISABLE_ERROR_REPORTING: '1',
      DISABLE_AUTOUPDATER: '1',
    },
  }),
};

/** @param local as `--oss`, which takes the gateway for a local engine, asks it for version and models, and shows no key */
function codex(local: boolean): Client {
  const config = (url: string) => `check_for_update_on_startup = false
[features]
plugins = false
apps = false
remote_plugin = false
[analytics]
enabled = false
[feedback]
enabled = false
[history]
persistence = "none"
[model_providers.gateway]
name = "gateway"
base_url = "${url}/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
`;
  const chosen = (model: string) =>
    local ? ['--oss', '--local-provider', 'ollama', '-m', model] : ['-c', 'model_provider=gateway', '-m', model];
  return {
    name: local ? 'codex-oss' : 'codex',
    label: local ? 'Codex --oss' : 'Codex',
    speaks: 'openai-responses',
    folder: 'codex',
    package: '@openai/codex',
    // By the first it gets a tool of free text with a grammar and tool search, by the second tools in namespaces.
    model: local ? 'coder:latest' : 'gpt-5.5',
    kind: 'agent',
    thoughts: 'all',
    keyless: local,
    command: ({ url, key, model, prompt, installed }) => ({
      ...node(first(installed, '@openai/codex/bin/codex.js'), [
        'exec',
        ...chosen(model),
        '--dangerously-bypass-approvals-and-sandbox',
        '--skip-git-repo-check',
        prompt,
      ]),
      env: { GATEWAY_KEY: key, CODEX_OSS_BASE_URL: `${url}/v1` },
      files: { '.codex/config.toml': config(url) },
    }),
  };
}

function openCode(name: string, speaks: string, npm: string, version: string, thoughts: Thoughts): Client {
  const facts = {
    tool_call: true,
    reasoning: true,
    attachment: true,
    modalities: { input: ['text', 'image'], output: ['text'] },
    limit: { context: 128_000, output: 8192 },
  };
  return {
    name: `opencode-${name}`,
    label: `OpenCode (${npm})`,
    speaks,
    folder: 'opencode',
    package: 'opencode-ai',
    model: 'coder',
    kind: 'agent',
    thoughts,
    command: ({ url, key, model, prompt, installed }) => {
      const system = PLATFORM.replace('win32', 'windows');
      return {
        file: first(installed, `opencode-${system}/bin/opencode`, `opencode-${system}/bin/opencode.exe`),
        args: ['run', '--pure', '--print-logs', '--log-level', 'WARN', '--model', `gateway/${model}`, prompt],
        env: {
          OPENCODE_DISABLE_AUTOUPDATE: '1',
          OPENCODE_DISABLE_MODELS_FETCH: '1',
          OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
          OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
        },
        files: {
          '.config/opencode/opencode.json': json({
            autoupdate: false,
            share: 'disabled',
            enabled_providers: ['gateway'],
            model: `gateway/${model}`,
            small_model: `gateway/${model}`,
            permission: { '*': 'allow' },
            lsp: false,
            formatter: false,
            provider: {
              gateway: {
                npm,
                name: 'gateway',
                options: { baseURL: url + version, apiKey: key },
                models: { [model]: { name: model, ...facts } },
              },
            },
          }),
        },
      };
    },
  };
}

const geminiCli: Client = {
  name: 'gemini-cli',
  label: 'Gemini CLI',
  speaks: 'gemini',
  folder: 'gemini-cli',
  package: '@google/gemini-cli',
  model: 'gemini-2.5-pro',
  kind: 'agent',
  thoughts: 'all',
  command: ({ url, key, model, prompt, installed }) => ({
    ...node(first(installed, '@google/gemini-cli/bundle/gemini.js'), [
      '--yolo',
      '--skip-trust',
      '-m',
      model,
      '--output-format',
      'text',
      '-p',
      prompt,
    ]),
    env: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key, GEMINI_CLI_TRUST_WORKSPACE: 'true', GEMINI_TELEMETRY_ENABLED: 'false' },
    files: {
      '.gemini/settings.json': json({
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        general: { enableAutoUpdate: false, disableAutoUpdate: true, disableUpdateNag: true, enableAutoUpdateNotification: false },
      }),
    },
  }),
};

function qwenCode(name: string, speaks: string, model: string, thoughts: Thoughts, env: (place: Place) => Record<string, string>): Client {
  return {
    name: `qwen-code-${name}`,
    label: `Qwen Code (${name})`,
    speaks,
    folder: 'qwen-code',
    package: '@qwen-code/qwen-code',
    model,
    kind: 'agent',
    thoughts,
    command: (place) => ({
      ...node(first(place.installed, '.bin/qwen'), [
        '--yolo',
        '--auth-type',
        name,
        '--model',
        place.model,
        '--output-format',
        'text',
        '-p',
        place.prompt,
      ]),
      env: { QWEN_CODE_SUPPRESS_YOLO_WARNING: '1', ...env(place) },
      files: {
        '.qwen/settings.json': json({
          security: { auth: { selectedType: name } },
          privacy: { usageStatisticsEnabled: false },
          telemetry: { enabled: false },
          general: { enableAutoUpdate: false, disableAutoUpdate: true },
          model: { name: place.model },
        }),
      },
    }),
  };
}

const qwenAsOpenAi = ({ url, key, model }: Place) => ({ OPENAI_API_KEY: key, OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: model });

/** Coding agents, by each protocol that they speak. */
export const agents: readonly Client[] = [
  claudeCode,
  codex(false),
  codex(true),
  openCode('chat', 'openai-chat', '@ai-sdk/openai-compatible', '/v1', 'none'),
  openCode('responses', 'openai-responses', '@ai-sdk/openai', '/v1', 'all'),
  openCode('messages', 'anthropic', '@ai-sdk/anthropic', '/v1', 'all'),
  openCode('gemini', 'gemini', '@ai-sdk/google', '/v1beta', 'all'),
  geminiCli,
  qwenCode('openai', 'openai-chat', 'qwen3-vl-plus', 'none', qwenAsOpenAi),
  qwenCode('openai-responses', 'openai-responses', 'gpt-5', 'all', qwenAsOpenAi),
  qwenCode('anthropic', 'anthropic', 'claude-sonnet-4-5', 'all', ({ url, key, model }) => ({
    ANTHROPIC_API_KEY: key,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_MODEL: model,
  })),
  {
    ...qwenCode('gemini', 'gemini', 'gemini-2.5-pro', 'all', ({ url, key, model }) => ({
      GEMINI_API_KEY: key,
      GOOGLE_GEMINI_BASE_URL: url,
      GEMINI_MODEL: model,
    })),
    stops: { cut: 'it says that the answer broke off and asks no more; a cut connection, after which it would go on, crashes Gemini CLI' },
  },
];
