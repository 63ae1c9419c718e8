import { describe, expect, test } from 'vitest';
import { having, heardWith } from '../contract/fixtures.ts';
import { hearError, hearException } from './errors.ts';
import { hearModels } from './models.ts';

const KINDS: Readonly<Record<string, string>> = {
  'error-context': 'context',
  'error-context-claude': 'context',
  'error-rate': 'rate',
  'error-rate-tokens': 'rate',
  'error-key': 'upstream-auth',
  'error-access': 'upstream-auth',
  'error-overloaded': 'overload',
  'error-model': 'not-found',
  'error-field': 'invalid',
  'error-profile': 'invalid',
  'error-timeout': 'timeout',
};
const own = heardWith('error').filter(([title]) => !having('error').some(([other]) => other === title));

test('every refusal of the fixtures is judged', () => expect(own.map(([, { name }]) => name).sort()).toEqual(Object.keys(KINDS).sort()));

test.each(own)('%s', (_, { name, error }) => expect(hearError(error.status, error.body).kind).toBe(KINDS[name]));

describe('exceptions inside a stream', () => {
  test.each([
    ['throttlingException', 'rate'],
    ['serviceUnavailableException', 'overload'],
    ['validationException', 'invalid'],
    ['modelStreamErrorException', 'upstream'],
    ['internalServerException', 'upstream'],
    ['aNewException', 'upstream'],
  ])('%s', (name, kind) => expect(hearException(name, { message: 'x' }).kind).toBe(kind));

  test('a prompt that does not fit', () =>
    expect(hearException('validationException', { message: 'Input is too long for requested model.' }).kind).toBe('context'));
});

test('an exception’s name in the body decides, and no key is repeated', () => {
  const error = hearError(400, { __type: 'com.amazon.coral.service#ExpiredTokenException', message: 'AKIAIOSFODNN7EXAMPLE expired' });
  expect([error.kind, error.status]).toEqual(['upstream-auth', 502]);
  expect(error.message).not.toContain('AKIA');
});

test('models that can be asked by their id are listed', () => {
  const profiles = {
    inferenceProfileSummaries: [{ inferenceProfileId: 'eu.a', status: 'ACTIVE' }, { inferenceProfileId: 'eu.b', status: 'GONE' }, {}],
  };
  expect(hearModels(profiles)).toEqual([{ id: 'eu.a' }]);
  const models = {
    modelSummaries: [
      { modelId: 'a', outputModalities: ['TEXT'], inferenceTypesSupported: ['ON_DEMAND'] },
      { modelId: 'b', outputModalities: ['EMBEDDING'], inferenceTypesSupported: ['ON_DEMAND'] },
      { modelId: 'c', outputModalities: ['TEXT'], inferenceTypesSupported: ['INFERENCE_PROFILE'] },
    ],
  };
  expect(hearModels(models)).toEqual([{ id: 'a' }]);
  expect(hearModels('<html>')).toEqual([]);
});
