import type { Dialect } from '../../protocol/dialect.ts';
import { accept } from './accept.ts';
import { answer } from './answer.ts';
import { ask } from './ask.ts';
import { needsMending } from './ask-mend.ts';
import { COMPLETIONS, reshapes } from './completion.ts';
import { continues } from './continues.ts';
import { EMBEDS, embeddings } from './embeddings.ts';
import { answerFault, hearFault } from './errors.ts';
import { glance } from './glance.ts';
import { hear } from './hear.ts';
import { answerModel, answerModels, hearModels } from './models.ts';
import { NAME } from './shapes.ts';
import { usageSwitch } from './usage-switch.ts';

/**
 * OpenAI Chat Completions (https://platform.openai.com/docs/api-reference/chat), and what nearly all open-weight engines made of it.
 * So hearing is tolerant: the same thing may be said in many fields and shapes.
 */
export const openaiChat: Dialect = {
  name: NAME,
  doors: ['/v1/chat/completions', COMPLETIONS],
  framing: 'sse',
  // Agents that end their task on an error event ask again after a cut.
  cutsBrokenStreams: true,
  continues,
  usageSwitch,
  needsMending,
  reshapes,
  embeds: EMBEDS,
  embeddings,
  accept,
  ask,
  hear,
  answer,
  fault: { hear: hearFault, answer: answerFault },
  glance,
  keepalive: ': keepalive\n\n',
  credential: (key): Record<string, string> => (key === undefined ? {} : { authorization: `Bearer ${key}` }),
  models: { path: '/v1/models', hear: hearModels, answer: answerModels, one: answerModel },
};
