import type { UpstreamDialect } from '../../protocol/dialect.ts';
import { ask } from './ask.ts';
import { hearError } from './errors.ts';
import { hear } from './hear.ts';
import { hearModels, MODELS_PATH } from './models.ts';
import { NAME } from './shapes.ts';

/**
 * Amazon Bedrock's Converse and ConverseStream: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html.
 * No coding tool speaks it to a gateway, so it has the upstream half alone.
 */
export const bedrock: UpstreamDialect = {
  name: NAME,
  framing: 'eventstream',
  ask,
  hear,
  fault: { hear: hearError },
  credential: (key): Record<string, string> => (key === undefined ? {} : { authorization: `Bearer ${key}` }),
  models: { path: MODELS_PATH, hear: hearModels },
};
