import { describe, expect, test } from 'vitest';
import { plainRoot } from './root-schema.ts';

const of = (name: string, required = true) => ({ properties: { [name]: { type: 'string' } }, ...(required && { required: [name] }) });

describe('a plain object at the root', () => {
  test.each([
    ['none', undefined, { type: 'object' }],
    ['an empty one', {}, { type: 'object' }],
    ['one of its own', { type: 'object', ...of('a') }, { type: 'object', ...of('a') }],
  ])('%s takes what it took', (_, schema, wanted) => {
    expect(plainRoot(schema)).toEqual({ schema: wanted, isWider: false });
  });

  test('all of several: everything is there and demanded', () => {
    const { schema, isWider } = plainRoot({ allOf: [of('a'), of('b')], ...of('c'), description: 'd' });
    expect(isWider).toBe(true);
    expect(schema).toMatchObject({ type: 'object', description: 'd' });
    expect(Object.keys(schema['properties'] as object).sort()).toEqual(['a', 'b', 'c']);
    expect((schema['required'] as string[]).toSorted()).toEqual(['a', 'b', 'c']);
    expect(schema).not.toHaveProperty('allOf');
  });

  test('one of several: only what each demands is demanded', () => {
    const ways = [of('a'), { properties: { a: {}, b: {} }, required: ['a', 'b'] }];
    expect(plainRoot({ oneOf: ways }).schema).toMatchObject({ required: ['a'], properties: { a: { type: 'string' }, b: {} } });
    expect(plainRoot({ anyOf: [of('a'), of('b', false)] }).schema).not.toHaveProperty('required');
  });

  test('what stands at the root itself goes before the others', () => {
    const { schema } = plainRoot({ properties: { a: { type: 'number' } }, anyOf: [of('a'), null, true] });
    expect(schema['properties']).toEqual({ a: { type: 'number' } });
  });
});
