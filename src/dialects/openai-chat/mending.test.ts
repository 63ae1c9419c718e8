import { describe, expect, it } from 'vitest';
import { QUIRKS } from '../../providers/quirks.ts';
import { having } from '../contract/fixtures.ts';
import { call } from '../contract/run.ts';
import { needsMending } from './ask-mend.ts';
import { openaiChat } from './index.ts';

const requests = having('request').filter(([, fixture]) => fixture.dialect === openaiChat);

describe.each(Object.keys(QUIRKS))('quirk %s', (quirk) => {
  it.each(requests)('%s is only relayed as it came when nothing would be changed', (_, fixture) => {
    const target = { model: 'm', window: 2000, quirks: new Set([quirk]) };
    const body = { ...(fixture.request as object), model: 'm' };
    if (needsMending(Buffer.from(JSON.stringify(body)), target)) return;
    const path = 'messages' in body ? '/v1/chat/completions' : '/v1/completions';
    expect(openaiChat.ask(openaiChat.accept({ ...call(openaiChat, body), path }), target).request.body).toEqual(body);
  });
});

it('an effort is dropped with a note where the model refuses one', () => {
  const target = { model: 'm', quirks: new Set(['no-effort']) };
  const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }], reasoning_effort: 'low' };
  expect(needsMending(Buffer.from(JSON.stringify(body)), target)).toBe(true);
  const { request, notes } = openaiChat.ask(openaiChat.accept(call(openaiChat, body)), target);
  expect(request.body).toEqual({ model: 'm', messages: body.messages });
  expect(notes).toEqual([expect.objectContaining({ path: 'reasoning_effort', action: 'dropped' })]);
});

it('an ordinary request goes to the usual engines as it came', () => {
  const quirks = new Set(['top-k', 'plain-roles', 'clamp-limit', 'small-bounds', 'no-suffix']);
  const plain = {
    model: 'm',
    stream: true,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'say "developer"' },
    ],
  };
  const bytes = (body: unknown) => Buffer.from(JSON.stringify(body));
  expect(needsMending(bytes(plain), { model: 'm', window: 32_768, quirks })).toBe(false);
  expect(needsMending(bytes({ ...plain, max_tokens: 32_768 }), { model: 'm', window: 32_768, quirks })).toBe(true);
  expect(needsMending(bytes({ ...plain, messages: [{ role: 'developer', content: 'x' }] }), { model: 'm', quirks })).toBe(true);
});
