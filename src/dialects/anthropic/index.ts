import type { Dialect } from '../../protocol/dialect.ts';
import { accept } from './accept.ts';
import { answer } from './answer.ts';
import { ask } from './ask.ts';
import { continues } from './continues.ts';
import { answerError, hearError } from './errors.ts';
import { glance } from './glance.ts';
import { hear } from './hear.ts';
import { answerModel, answerModels, hearModels, MODELS_PATH } from './models.ts';
import { NAME } from './shapes.ts';
import { sides } from './sides.ts';

/** The version of the API whose shapes are spoken here. */
const VERSION = '2023-06-01';

/** Anthropic Messages: https://platform.claude.com/docs/en/api/messages */
export const anthropic: Dialect = {
  name: NAME,
  doors: ['/v1/messages'],
  framing: 'sse',
  cutsBrokenStreams: true,
  continues,
  sides,
  accept,
  ask,
  hear,
  answer,
  fault: { hear: hearError, answer: answerError },
  glance,
  keepalive: 'event: ping\ndata: {"type":"ping"}\n\n',
  credential: (key) => ({ 'anthropic-version': VERSION, ...(key === undefined ? {} : { 'x-api-key': key }) }),
  models: { path: MODELS_PATH, hear: hearModels, answer: answerModels, one: answerModel },
  recognises: (headers) => headers['anthropic-version'] !== undefined,
};
