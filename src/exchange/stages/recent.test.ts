import { describe, expect, it } from 'vitest';
import type { ExchangeRecord } from '../record.ts';
import { Recent } from './recent.ts';

const record = (id: string, more: Partial<ExchangeRecord> = {}) =>
  ({ id, asked: 'a', attempts: [{ provider: 'p', model: id, zone: 'own' }], ...more }) as ExchangeRecord;

describe('the last exchanges', () => {
  it('are known until as many others came', () => {
    const recent = new Recent(2);
    for (const id of ['one', 'two', 'three']) recent.add(record(id));
    expect(recent.get('one')).toBeUndefined();
    expect(recent.get('two')).toMatchObject({ id: 'two', answered: 'p/two' });
  });

  it('stay what they were for whoever asked, and take nothing from what lay in their place', () => {
    const recent = new Recent(1);
    recent.add(record('one', { caller: { id: 'k1' } as ExchangeRecord['caller'] }));
    const seen = recent.get('one');
    recent.add(record('two', { attempts: [] }));
    expect(seen).toMatchObject({ id: 'one', caller: 'k1', answered: 'p/one' });
    expect(recent.get('two')).toEqual({
      id: 'two',
      asked: 'a',
      caller: undefined,
      answered: undefined,
      task: undefined,
      decision: undefined,
    });
  });
});
