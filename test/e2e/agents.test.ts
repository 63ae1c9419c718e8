import { describe, expect, it } from 'vitest';
import type { Client } from '../agents/client.ts';
import { CHECKS, judge } from '../agents/judge.ts';
import { upstreams } from '../agents/model/index.ts';
import { sdks } from '../agents/sdks.ts';

/** The drive of real clients, with those that are development dependencies: each over one dialect that is not its own. */

const OVER: Readonly<Record<string, string>> = {
  'openai-chat': 'anthropic',
  'openai-responses': 'gemini',
  anthropic: 'bedrock',
  gemini: 'openai-responses',
  ollama: 'openai-chat',
};

const states = async (client: Client, dialect: string) => {
  const { checks } = await judge(client, dialect, upstreams[dialect]!);
  return Object.fromEntries(CHECKS.map((check) => [check, checks[check].state]));
};

describe('a real client', () => {
  it.each(sdks.filter(({ folder }) => !folder).map((client) => [client.label, OVER[client.speaks]!, client] as const))(
    '%s does its task over %s',
    async (_, dialect, client) => {
      const found = await states(client, dialect);
      expect(Object.values(found)).not.toContain('failed');
      expect(Object.values(found).filter((state) => state === 'ok').length).toBeGreaterThanOrEqual(CHECKS.length - 1);
    },
  );

  it('that does nothing fails at everything', async () => {
    const idle: Client = { ...sdks[0]!, command: () => ({ file: process.execPath, args: ['--eval', ''], env: {} }) };
    const { thoughts, ...rest } = await states(idle, 'openai-chat');
    expect(thoughts).toBe('none');
    expect(new Set(Object.values(rest))).toEqual(new Set(['failed']));
  });
});
