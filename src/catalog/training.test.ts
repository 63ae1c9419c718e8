import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import hosts from './hosts.json' with { type: 'json' };
import licences from './licences.json' with { type: 'json' };
import table from './training.json' with { type: 'json' };
import { TRAINING_DATE, trainingRight } from './training.ts';

const row = z.strictObject({ training: z.boolean().nullable(), why: z.string().min(5), source: z.url({ protocol: /^https$/ }) });

describe('the table of rights', () => {
  it('has a reason and a source for each row, a row for every licence, and vendors that the catalogue knows', () => {
    for (const rows of [table.licences, table.vendors]) z.record(z.string(), row).parse(rows);
    expect(TRAINING_DATE).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(Object.keys(table.licences).sort()).toEqual([...new Set(licences.rows.map(({ licence }) => licence))].sort());
    const vendors = new Set(Object.values(hosts.hosts));
    expect(Object.keys(table.vendors).filter((one) => !vendors.has(one))).toEqual([]);
  });
});

describe('whether answers may be learned from', () => {
  it('is told by the licence of weights that are run on own or rented hardware', () => {
    expect(trainingRight('qwen3-coder-30b', 'own', undefined)).toMatchObject({ right: 'clear', under: 'Apache-2.0' });
    expect(trainingRight('Llama-3.1-8B-Instruct', 'leased', undefined)).toMatchObject({ right: 'terms' });
    expect(trainingRight('qwen2.5-coder-3b', 'own', undefined)).toMatchObject({ right: 'barred' });
    expect(trainingRight('home-grown', 'own', undefined)).toMatchObject({ right: 'unknown' });
  });

  it('is told by the terms of a vendor, whatever the weights', () => {
    const first = Object.entries(hosts.hosts).find(
      ([host, vendor]) => !/^[.-]/.test(host) && table.vendors[vendor as keyof typeof table.vendors]?.training === false,
    )!;
    expect(trainingRight('qwen3-coder-30b', 'vendor', `https://${first[0]}/v1`)).toMatchObject({
      right: 'barred',
      under: `terms of ${first[1]}`,
    });
    expect(trainingRight('qwen3-coder-30b', 'vendor', 'https://nobody.example/v1')).toMatchObject({ right: 'unknown' });
    expect(trainingRight('qwen3-coder-30b', 'vendor', undefined)).toMatchObject({ right: 'unknown' });
  });
});
