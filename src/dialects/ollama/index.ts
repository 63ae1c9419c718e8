import type { Dialect } from '../../protocol/dialect.ts';
import { accept } from './accept.ts';
import { answer } from './answer.ts';
import { ask } from './ask.ts';
import { embeddings } from './embeddings.ts';
import { answerError, hearError } from './errors.ts';
import { glance } from './glance.ts';
import { hear } from './hear.ts';
import { answerModel, answerModels, detail, hearModels, loaded, MODELS_PATH } from './models.ts';
import { CHAT, GENERATE, NAME } from './shapes.ts';
import { sides } from './sides.ts';

/** Ollama's own protocol: https://github.com/ollama/ollama/blob/main/docs/api.md */
export const ollama: Dialect = {
  name: NAME,
  doors: [CHAT, GENERATE],
  framing: 'ndjson',
  // Its lines bear no ids.
  continues: () => (text) => text,
  streamsUnasked: true,
  sides,
  embeds: NAME,
  embeddings,
  accept,
  ask,
  hear,
  answer,
  fault: { hear: hearError, answer: answerError },
  glance,
  // Space in front of a line is no part of it, while an empty line ends several clients.
  keepalive: ' ',
  credential: (key): Record<string, string> => (key === undefined ? {} : { authorization: `Bearer ${key}` }),
  models: { path: MODELS_PATH, hear: hearModels, detail, loaded, answer: answerModels, one: answerModel },
  recognises: ({ 'user-agent': agent }) => typeof agent === 'string' && agent.startsWith('ollama'),
};
