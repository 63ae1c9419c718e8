/** How people point a tool at a gateway; `{url}` stands for its address, `{key}` for a key that it takes. */
export const TOOLS: readonly { tool: string; how: string }[] = [
  { tool: 'Claude Code', how: 'ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY={key} claude' },
  {
    tool: 'Codex',
    how: `OPENAI_API_KEY={key} codex -c model_provider=freehold -c 'model_providers.freehold={name="Freehold",base_url="{url}/v1",wire_api="responses",env_key="OPENAI_API_KEY"}' -m auto`,
  },
  { tool: 'most others', how: 'OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY={key}' },
];
