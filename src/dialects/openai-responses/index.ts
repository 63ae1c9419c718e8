import type { Dialect } from '../../protocol/dialect.ts';
import { accept } from './accept.ts';
import { answer } from './answer.ts';
import { ask, needsMending } from './ask.ts';
import { continues } from './continues.ts';
import { answer as answerError, hear as hearError } from './errors.ts';
import { glance } from './glance.ts';
import { hear } from './hear.ts';
import { memory } from './memory.ts';
import * as models from './models.ts';
import { NAME } from './shapes.ts';

/** OpenAI Responses. */
export const openaiResponses: Dialect = {
  name: NAME,
  doors: ['/v1/responses'],
  framing: 'sse',
  cutsBrokenStreams: true,
  continues,
  // The same servers; clients find the door in openai-chat.
  embeds: 'openai-embeddings',
  memory,
  needsMending,
  accept,
  ask,
  hear,
  answer,
  fault: { hear: hearError, answer: answerError },
  glance,
  keepalive: ': keepalive\n\n',
  credential: (key): Record<string, string> => (key ? { authorization: `Bearer ${key}` } : {}),
  models,
};
