import { expect, it } from 'vitest';
import { raised, zonesByOrigin } from './origins.ts';

it('who shares an origin shares the farthest zone', () => {
  const providers = {
    near: { url: 'https://box.example:8443/a/v1', zone: 'own' },
    far: { url: 'https://box.example:8443/b', zone: 'vendor' },
    rented: { url: 'http://box.example:8443', zone: 'leased' },
    home: { url: 'http://127.0.0.1:8000/v1', zone: 'own' },
  } as const;
  const zones = zonesByOrigin(Object.values(providers));
  expect([...zones]).toEqual([
    ['https://box.example:8443', 'vendor'],
    ['http://box.example:8443', 'leased'],
    ['http://127.0.0.1:8000', 'own'],
  ]);
  expect(Object.values(raised(providers, zones)).map(({ zone }) => zone)).toEqual(['vendor', 'vendor', 'leased', 'own']);
});
