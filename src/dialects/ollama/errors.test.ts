import { describe, expect, it, test } from 'vitest';
import { GatewayError } from '../../protocol/errors.ts';
import { answerError, hearError } from './errors.ts';

describe('hears', () => {
  test.each([
    [400, { error: 'input exceeds maximum context length and cannot be truncated further' }, 'context'],
    [400, { error: 'the input length exceeds the context length' }, 'context'],
    [400, { error: "input length (9533 tokens) exceeds the model's maximum context length (2048 tokens)" }, 'context'],
    [500, { error: 'prompt too long; exceeded max context length by 12 tokens' }, 'context'],
    [400, { error: 'the prompt is longer than the context length currently available to the model' }, 'context'],
    [500, { error: 'request (18211 tokens) exceeds the available context size (8192 tokens), try increasing it' }, 'context'],
    [400, { error: 'invalid format: "xml"; expected "json" or a JSON Schema object' }, 'invalid'],
    [400, { error: 'registry.ollama.ai/library/gemma3:4b does not support tools' }, 'unsupported'],
    [400, { error: '"qwen3-coder" does not support thinking' }, 'unsupported'],
    [404, { error: "model 'x' not found" }, 'not-found'],
    [404, '404 page not found', 'upstream'],
    [401, { error: 'unauthorized' }, 'upstream-auth'],
    [403, { error: 'ollama cloud is disabled: remote model is unavailable' }, 'upstream-auth'],
    [429, { error: 'you have reached your usage limit' }, 'rate'],
    [499, { error: 'request canceled' }, 'upstream'],
    [500, { error: 'llama runner process has terminated: exit status 2' }, 'upstream'],
    [503, { error: 'server busy, please try again.  maximum pending requests exceeded' }, 'overload'],
    [502, '<html>Bad gateway</html>', 'upstream'],
    [504, undefined, 'timeout'],
    [400, null, 'invalid'],
  ])('%s %j as %s', (status, body, kind) => expect(hearError(status, body).kind).toBe(kind));

  it('the provider’s words, without its keys, and what mends it', () => {
    expect(hearError(400, { error: 'bad option, key sk-1234567890abc' }).message).toBe('bad option, key [key]');
    expect(hearError(500, { error: 'model requires more system memory (35 GiB) than is available (15 GiB)' }).message).toContain(
      '"context"',
    );
    expect(hearError(404, '404 page not found').message).toContain('without /v1');
    expect(hearError(503, undefined, 7)).toMatchObject({ retryAfter: 7, message: expect.stringContaining('503') });
  });
});

describe('answers', () => {
  it('in words alone', () => {
    expect(answerError(new GatewayError('not-found', 'model: no model is called "x"'))).toEqual({
      status: 404,
      body: { error: 'model: no model is called "x"' },
    });
  });

  it('a prompt that does not fit in words that are known for it', () => {
    const words = (message: string) => (answerError(new GatewayError('context', message)).body as { error: string }).error;
    expect(words('too much')).toBe('the input length exceeds the context length: too much');
    expect(words('prompt is too long: 9 > 8')).toBe('prompt is too long: 9 > 8');
  });
});
