import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../protocol/errors.ts';
import type { Zone } from '../protocol/zone.ts';
import { FAMILIES, NOT_FOR_CHAT } from './families.ts';
import { asked, refusal, type Sketch, world } from './fixtures/worlds.ts';
import { address, resolve } from './resolve.ts';

const house = world(
  {
    box: { models: ['qwen3-coder', 'llama:latest', 'gpt-oss-20b'] },
    rented: { zone: 'leased', models: ['qwen3-coder', 'glm'] },
    router: { zone: 'vendor', models: ['anthropic/claude-opus', 'box/spy', 'qwen/qwen3'] },
    cloud: { zone: 'vendor', complete: false },
  },
  {
    'claude-*': 'box/qwen3-coder',
    'claude-opus-*': 'router/anthropic/claude-opus',
    fast: 'llama',
    'gpt-5': 'fast',
    '*-cheap': 'box/llama',
  },
);

/** First ones first. */
const ALL = [
  'box/qwen3-coder',
  'rented/qwen3-coder',
  'router/anthropic/claude-opus',
  'box/llama:latest',
  'box/gpt-oss-20b',
  'rented/glm',
  'router/box/spy',
  'router/qwen/qwen3',
];

describe('a name is found', () => {
  test.each([
    ['its address', 'box/qwen3-coder', ['box/qwen3-coder'], undefined],
    ['an address whose model has slashes', 'router/anthropic/claude-opus', ['router/anthropic/claude-opus'], undefined],
    ['a bare name with slashes', 'qwen/qwen3', ['router/qwen/qwen3'], undefined],
    ['a provider whose list is unknown, as it is', 'cloud/some/thing[1m]', ['cloud/some/thing[1m]'], undefined],
    ['an address without the default tag', 'box/llama', ['box/llama:latest'], undefined],
    ['an address with the default tag', 'box/gpt-oss-20b:latest', ['box/gpt-oss-20b'], undefined],
    ['an address with the window mark', 'box/qwen3-coder[1m]', ['box/qwen3-coder'], undefined],
    ['a bare name', 'glm', ['rented/glm'], undefined],
    ['a bare name without its tag', 'llama', ['box/llama:latest'], undefined],
    ['an alias by pattern', 'claude-sonnet-4-5', ['box/qwen3-coder'], 'claude-*'],
    ['the longer of two patterns', 'claude-opus-4-5[1m]', ['router/anthropic/claude-opus'], 'claude-opus-*'],
    ['a chain of aliases', 'gpt-5', ['box/llama:latest'], 'gpt-5'],
    ['a pattern without a beginning', 'whatever-cheap', ['box/llama:latest'], '*-cheap'],
    ['a model that looks like a family', 'gpt-oss-20b', ['box/gpt-oss-20b'], undefined],
    ['a family', 'gemini-3-pro', ALL, 'gemini-*'],
    ['a provider alone', 'rented', ['rented/qwen3-coder'], undefined],
    ['auto', 'auto', ALL, 'auto'],
    ['an alias with the default tag', 'fast:latest', ['box/llama:latest'], 'fast'],
    ['auto with the default tag', 'auto:latest', ALL, 'auto'],
  ])('by %s', (_, name, targets, alias) => {
    expect(asked(name, house)).toEqual(targets);
    expect(resolve(name, house).alias).toBe(alias);
  });

  test('every built-in family leads somewhere', () => {
    const bare = { ...house, aliases: {} };
    for (const family of FAMILIES) expect(asked(family.replace('*', '-anything'), bare)).toEqual(asked('auto', house));
  });

  test('an alias may redefine auto, also through a family', () => {
    const pinned = world({ box: { models: ['a', 'b'] } }, { auto: 'box/b', 'gpt-*': 'auto' });
    expect(asked('auto', pinned)).toEqual(['box/b']);
    expect(asked('gpt-9', pinned)).toEqual(['box/b']);
  });

  test('a catch-all takes what nobody bears, and neither auto nor a served name', () => {
    const caught = world({ box: { models: ['a', 'b'] } }, { '*': 'box/b' });
    expect(asked('a', caught)).toEqual(['box/a']);
    expect(asked('nonsense', caught)).toEqual(['box/b']);
    expect(asked('gpt-5', caught)).toEqual(['box/b']);
    expect(asked('auto', caught)).toEqual(['box/a', 'box/b']);
  });

  test('exact names come before names without their marks', () => {
    const both = world({ a: { models: ['m:latest'] }, b: { models: ['m'] } });
    expect(asked('m', both)).toEqual(['b/m']);
    expect(asked('m:latest', both)).toEqual(['a/m:latest']);
  });
});

describe('a list of somebody else never takes an address', () => {
  test.each([true, false])('box/spy stays at the box, its list known: %s', (complete) => {
    const spied = world({ box: { complete, models: [] }, router: { zone: 'vendor', models: ['box/spy'] } });
    if (complete) expect(refusal('box/spy', spied).kind).toBe('not-found');
    else expect(asked('box/spy', spied)).toEqual(['box/spy']);
  });

  test('only the file itself may declare such a name', () => {
    const declared = world({ box: { complete: false }, router: { zone: 'vendor', listed: 'config', models: ['box/x'] } });
    expect(resolve('box/x', declared).targets[0]!.provider).toBe('router');
  });
});

describe('what cannot be found says what could', () => {
  test.each([
    ['box/qwen3-codr', /provider "box" serves no model "qwen3-codr"\. Near names: "box\/qwen3-coder"/],
    ['box/zzzzzz', /It serves "box\/qwen3-coder", "box\/llama:latest"/],
    ['qwen3-coder', /several providers serve "qwen3-coder"; ask for one of "box\/qwen3-coder", "rented\/qwen3-coder"/],
    ['qwen3-codr', /Near names: .*"qwen3-coder"/],
    ['zzzzzz', /"auto" leaves the choice.*GET \/v1\/models lists all/],
    ['nobody/zzzzzz', /no model is called "nobody\/zzzzzz"/],
    ['', /no model is called ""/],
  ])('%s', (name, message) => {
    const error = refusal(name, house);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ kind: 'not-found', status: 404, field: 'model' });
  });

  test('an alias that leads nowhere is named', () => {
    expect(refusal('old', world({ box: { models: ['a'] } }, { old: 'box/gone' })).message).toMatch(/alias "old"/);
    expect(refusal('old', world({ box: { models: ['a'] } }, { old: 'gone' })).message).toMatch(/alias "old"/);
  });

  test('aliases in a circle end', () => {
    expect(refusal('a', world({ box: { models: ['m'] } }, { a: 'b', b: 'a' })).kind).toBe('not-found');
  });

  test('a provider that has told nothing yet is not there yet', () => {
    const loading = { ...world({ local: { complete: false, healthy: false } }, { auto: 'local' }) };
    const told = { ...loading, providers: [{ ...loading.providers[0]!, reason: 'loading, 40%' }] };
    for (const wanted of ['local', 'auto'])
      expect(refusal(wanted, told)).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/local.*loading, 40%/) });
  });

  test('auto with nothing served says what to do, as a failure of ours', () => {
    const empty = refusal('auto', world({}));
    expect(empty).toMatchObject({ kind: 'unavailable', status: 503 });
    expect(empty.message).toMatch(/freehold up --model/);
    const down = world({ box: { complete: false, healthy: false } });
    expect(refusal('claude-x', { ...down, providers: [{ ...down.providers[0]!, reason: 'refuses connections' }] }).message).toMatch(
      /box refuses connections/,
    );
  });
});

describe('auto', () => {
  test('takes healthy ones first, then the nearest zone, then config order', () => {
    const mixed = world({
      v1: { zone: 'vendor', models: ['m'] },
      o1: { healthy: false, models: ['m'] },
      l1: { zone: 'leased', models: ['m'] },
      o2: { models: ['m', 'n'] },
      o3: { models: ['m'] },
      l2: { zone: 'leased', healthy: false, models: ['m'] },
    });
    expect(asked('auto', mixed)).toEqual(['o2/m', 'o3/m', 'l1/m', 'v1/m', 'o2/n', 'o1/m', 'l2/m']);
  });

  test('passes over what holds no conversation, unless the file names it', () => {
    const models = ['text-embedding-3-small', 'whisper-1', 'qwen3-coder'];
    expect(asked('auto', world({ v: { models } }))).toEqual(['v/qwen3-coder']);
    expect(asked('auto', world({ v: { models, listed: 'config' } }))).toEqual(models.map((model) => `v/${model}`));
  });
});

test.each([
  'text-embedding-ada-002',
  'nomic-embed-text:latest',
  'bge-m3',
  'whisper-large-v3',
  'gpt-4o-mini-tts',
  'gpt-4o-realtime-preview',
  'dall-e-3',
  'llama-guard-4-12b',
  'models/imagen-4',
  'omni-moderation-latest',
])('%s is not for chat', (name) => expect(name).toMatch(NOT_FOR_CHAT));
test.each([
  'gpt-5-mini',
  'qwen3-coder:30b',
  'claude-opus-4-5',
  'devstral-small',
  'gemma3:270m',
  'o4-mini',
  'glm-4.6',
  'kimi-k2-instruct',
  'gemini-3-pro',
  'llama3.2-vision',
])('%s is for chat', (name) => expect(name).not.toMatch(NOT_FOR_CHAT));

const name = fc.stringMatching(/^[a-c]{1,3}(:latest)?$/);
const sketch: fc.Arbitrary<Sketch> = fc.record({
  zone: fc.constantFrom<Zone>('own', 'leased', 'vendor'),
  healthy: fc.boolean(),
  complete: fc.boolean(),
  listed: fc.constantFrom('config' as const, 'discovered' as const),
  models: fc.uniqueArray(
    fc.oneof(
      name,
      fc.tuple(name, name).map((two) => two.join('/')),
    ),
    { maxLength: 4 },
  ),
});
const worlds = fc
  .tuple(
    fc.dictionary(fc.stringMatching(/^[a-c]{1,2}$/), sketch, { maxKeys: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-c*]{1,3}$/), fc.oneof(name, fc.constant('auto')), { maxKeys: 3 }),
  )
  .map(([providers, aliases]) => world(providers, aliases));

describe('in every world', () => {
  test('every address leads to its own model', () => {
    fc.assert(
      fc.property(worlds, (any) => {
        for (const model of any.models) expect(resolve(address(model), any).targets).toEqual([model]);
      }),
    );
  });

  test('any name gets targets or an error of the client’s kind, and an address never leaves its provider', () => {
    fc.assert(
      fc.property(
        worlds,
        fc.oneof(
          name,
          fc.tuple(name, name).map((two) => two.join('/')),
          fc.constant('auto'),
        ),
        (any, wanted) => {
          try {
            const { targets } = resolve(wanted, any);
            expect(targets.length).toBeGreaterThan(0);
            const owner = any.providers.find((provider) => wanted.startsWith(`${provider.name}/`));
            if (owner && !any.models.some((model) => model.listed === 'config' && model.model.includes('/')))
              expect(targets.map((one) => one.provider)).toEqual([owner.name]);
          } catch (error) {
            expect(error).toBeInstanceOf(GatewayError);
            expect(['not-found', 'unavailable']).toContain((error as GatewayError).kind);
          }
        },
      ),
    );
  });

  test('auto has no unhealthy one before a healthy one, and every provider’s first before any other', () => {
    fc.assert(
      fc.property(worlds, (any) => {
        const plain = { ...any, aliases: {} };
        if (any.models.length === 0) {
          expect(refusal('auto', plain).kind).toBe('unavailable');
          return;
        }
        const { targets } = resolve('auto', plain);
        const well = targets.filter((one) => one.healthy).map((one) => one.provider);
        const firsts = new Set(well).size;
        expect(new Set(well.slice(0, firsts)).size).toBe(firsts);
        expect(targets.map((one) => one.healthy)).toEqual(targets.map((one) => one.healthy).sort((a, b) => Number(b) - Number(a)));
      }),
    );
  });
});
