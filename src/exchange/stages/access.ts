import { GatewayError } from '../../protocol/errors.ts';
import { fits } from '../../protocol/pattern.ts';
import type { Admission, Stage } from '../stage.ts';

/** Takes away what the caller's key, team or project may not ask for. A model may be named by its address, its own name or the asked one. */
export const access: Stage = {
  name: 'access',
  admit(admission: Admission): undefined {
    const { caller } = admission.incoming;
    if (!caller?.models) return undefined;
    const { models } = caller;
    const asked = admission.asked.model;
    admission.plan = admission.plan.filter(({ provider, target }) => {
      const names = [`${provider}/${target.model}`, target.model, asked];
      return models.every((patterns) => patterns.some((pattern) => names.some((name) => fits(pattern, name))));
    });
    if (admission.plan.length > 0) return undefined;
    const allowed = models.map((patterns) => patterns.join(', ')).join(' and also ');
    throw new GatewayError('forbidden', `the key "${caller.name}" may not use "${asked}"; it may use ${allowed}`, { field: 'model' });
  },
};
