import type { Dialect } from '../../protocol/dialect.ts';
import { accept } from './accept.ts';
import { answer } from './answer.ts';
import { ask } from './ask.ts';
import { continues } from './continues.ts';
import { embeddings } from './embeddings.ts';
import { answerError, hearError } from './errors.ts';
import { glance } from './glance.ts';
import { hear } from './hear.ts';
import { answerModel, answerModels, hearModels, MODELS_PATH } from './models.ts';
import { doorsTo, readdress, STREAM, WHOLE } from './paths.ts';
import { holdsForeign } from './seals.ts';
import { NAME } from './shapes.ts';
import { sides } from './sides.ts';

/** Google Gemini's generateContent: https://ai.google.dev/api/generate-content. */
export const gemini: Dialect = {
  name: NAME,
  doors: [WHOLE, STREAM].flatMap(doorsTo),
  framing: 'sse',
  continues,
  sides,
  embeds: NAME,
  embeddings,
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
