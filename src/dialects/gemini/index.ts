import type { Dialect } from '../../protocol/dialect.ts';
import { accept } from './accept.ts';
import { answer } from './answer.ts';
import { ask } from './ask.ts';
import { answerError, hearError } from './errors.ts';
import { glance } from './glance.ts';
import { hear } from './hear.ts';
import { answerModel, answerModels, hearModels, MODELS_PATH } from './models.ts';
import { readdress, STREAM, WHOLE } from './paths.ts';
import { holdsForeign } from './seals.ts';
import { NAME } from './shapes.ts';
import { sides } from './sides.ts';

/** Google Gemini's generateContent: https://ai.google.dev/api/generate-content. Newer SDKs use /v1 for what older ones ask of /v1beta. */
export const gemini: Dialect = {
  name: NAME,
  doors: [WHOLE, STREAM].flatMap((method) => ['/v1beta/models/*', '/v1/models/*', '/v1beta/*', '/v1/*'].map((path) => `${path}:${method}`)),
  framing: 'sse',
  sides,
  readdress,
  needsMending: holdsForeign,
  accept,
  ask,
  hear,
  answer,
  fault: { hear: hearError, answer: answerError },
  glance,
  // Comments break Gemini CLI ("Incomplete JSON segment"), one line end breaks SDKs that cut at blank lines: an empty event is none.
  keepalive: '\n\n',
  credential: (key): Record<string, string> => (key === undefined ? {} : { 'x-goog-api-key': key }),
  models: { path: MODELS_PATH, hear: hearModels, answer: answerModels, one: answerModel },
  recognises: (headers) => headers['x-goog-api-key'] !== undefined || headers['x-goog-api-client'] !== undefined,
};
