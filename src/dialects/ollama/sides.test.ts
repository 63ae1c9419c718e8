import { describe, expect, it, test } from 'vitest';
import type { Call, ListedModel } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { hearModels } from './models.ts';
import { sides } from './sides.ts';

const MODELS: ListedModel[] = [
  { id: 'auto', ownedBy: 'freehold' },
  { id: 'box/qwen3-coder', window: 131_072, tools: true },
  { id: 'box/gemma3:4b', created: 1_760_000_000, tools: false, vision: true, reasoning: true },
  { id: 'far/gemma3:4b' },
];

function put(method: string, path: string, body?: unknown): { status: number; body: unknown } {
  const side = sides.find((one) => one.method === method && one.path === path);
  const call: Call = { path, query: new URLSearchParams(), headers: {}, body };
  return side!.answer(call, MODELS);
}

it('is new enough for every client that asks', () => {
  const { version } = put('GET', '/api/version').body as { version: string };
  const [major, minor] = version.split('.').map(Number) as [number, number];
  expect(major > 0 || minor > 13).toBe(true);
});

it('lists every model by a name with a tag, and by that name it is shown', () => {
  const { models } = put('GET', '/api/tags').body as { models: { name: string; model: string; digest: string; modified_at: string }[] };
  expect(models.map(({ model }) => model)).toEqual(['auto:latest', 'box/qwen3-coder:latest', 'box/gemma3:4b', 'far/gemma3:4b']);
  for (const { name, model, digest, modified_at } of models) {
    expect(name).toBe(model);
    expect(digest).toHaveLength(64);
    expect(Date.parse(modified_at)).not.toBeNaN();
    expect(put('POST', '/api/show', { model }).status).toBe(200);
  }
});

describe('show', () => {
  const shown = (model: string) =>
    put('POST', '/api/show', { model }).body as { capabilities: string[]; model_info: Record<string, unknown> };

  it('says what coding agents ask: abilities, and a window under the model’s own family', () => {
    const { capabilities, model_info } = shown('box/qwen3-coder:latest');
    expect(capabilities).toEqual(['completion', 'tools']);
    expect(model_info['general.basename']).toBe('box/qwen3-coder');
    expect(model_info[`${model_info['general.architecture']}.context_length`]).toBe(131_072);
    expect(shown('box/gemma3:4b').capabilities).toEqual(['completion', 'vision', 'thinking']);
    expect(shown('auto').model_info['freehold.context_length']).toBe(32_768);
  });

  it('knows a model by its own name where one provider has it', () => {
    expect(shown('qwen3-coder').capabilities).toContain('tools');
    expect(shown('qwen3-coder:latest').capabilities).toContain('tools');
    expect(put('POST', '/api/show', { name: 'box/qwen3-coder' }).status).toBe(200);
  });

  test.each([
    ['gemma3:4b', 'not-found'],
    ['coder', 'not-found'],
    ['', 'invalid'],
    [undefined, 'invalid'],
  ])('%j is %s', (model, kind) => {
    expect(() => put('POST', '/api/show', { model })).toThrow(expect.objectContaining({ kind }));
  });
});

test.each([
  ['POST', '/api/pull'],
  ['POST', '/api/push'],
  ['POST', '/api/create'],
  ['POST', '/api/copy'],
  ['POST', '/api/blobs/*'],
  ['DELETE', '/api/delete'],
])('%s %s is refused', (method, path) => {
  expect(() => put(method, path, { model: 'x' })).toThrow(GatewayError);
  expect(() => put(method, path, { model: 'x' })).toThrow(expect.objectContaining({ kind: 'forbidden', status: 403 }));
});

it('loaded models are nobody’s business here', () => expect(put('GET', '/api/ps').body).toEqual({ models: [] }));

it('hears what a server holds', () => {
  const body = {
    models: [
      {
        name: 'qwen3:8b',
        model: 'qwen3:8b',
        modified_at: '2025-10-09T08:53:20.5+02:00',
        size: 1,
        capabilities: ['completion', 'tools', 'thinking'],
      },
      { name: 'only-name:latest', details: { context_length: 40_960 } },
      { size: 1 },
      null,
    ],
  };
  expect(hearModels(body)).toEqual([
    { id: 'qwen3:8b', created: 1_759_992_800, tools: true, vision: false, reasoning: true },
    { id: 'only-name:latest', window: 40_960 },
  ]);
  expect(hearModels('nonsense')).toEqual([]);
});
