import { SWAP_DEEDS } from '../../policy/swap.ts';
import * as aliases from './aliases.ts';
import { listBudgets, listPrices } from './budgets.ts';
import type { Handler } from './call.ts';
import { compareModels } from './comparison.ts';
import { getContent, listContents } from './contents.ts';
import * as egress from './egress.ts';
import * as evidence from './evidence.ts';
import * as evidenceReads from './evidence-reads.ts';
import { explainExchange, tryRoute } from './explain.ts';
import * as keys from './keys.ts';
import { getRouting } from './matrix.ts';
import { getModel, listModels } from './models.ts';
import { getIndependence, getIndependenceDocument, getSavings, listMeasurements } from './report-routes.ts';
import { getExchange, getHealth, getUsage, listExchanges } from './reports.ts';
import { getSettings } from './settings.ts';
import * as swaps from './swaps.ts';
import { getTco, getTcoDocument } from './tco-routes.ts';
import { getWatch, putWatch } from './watch.ts';

/** Where the admin API lies. */
export const ROOT = '/admin/api';

/** Every route: method and path, in which `*` stands for one name. docs/admin-api.md has a row for each. */
export const ROUTES: Readonly<Record<string, Handler>> = {
  [`GET ${ROOT}/keys`]: keys.listKeys,
  [`POST ${ROOT}/keys`]: keys.makeKey,
  [`GET ${ROOT}/keys/*`]: keys.getKey,
  [`PATCH ${ROOT}/keys/*`]: keys.changeKey,
  [`DELETE ${ROOT}/keys/*`]: keys.revokeKey,
  [`POST ${ROOT}/keys/*/rotate`]: keys.rotateKey,
  ...groupRoutes('team'),
  ...groupRoutes('project'),
  [`GET ${ROOT}/budgets`]: listBudgets,
  [`GET ${ROOT}/prices`]: listPrices,
  [`GET ${ROOT}/exchanges`]: listExchanges,
  [`GET ${ROOT}/exchanges/*`]: getExchange,
  [`GET ${ROOT}/usage`]: getUsage,
  [`GET ${ROOT}/reports/independence`]: getIndependence,
  [`GET ${ROOT}/reports/savings`]: getSavings,
  [`GET ${ROOT}/reports/tco`]: getTco,
  [`GET ${ROOT}/reports/independence/document`]: getIndependenceDocument,
  [`GET ${ROOT}/reports/tco/document`]: getTcoDocument,
  [`GET ${ROOT}/measurements`]: listMeasurements,
  [`GET ${ROOT}/health`]: getHealth,
  [`GET ${ROOT}/contents`]: listContents,
  [`GET ${ROOT}/exchanges/*/content`]: getContent,
  [`GET ${ROOT}/comparison`]: compareModels,
  [`GET ${ROOT}/watch`]: getWatch,
  [`PUT ${ROOT}/watch`]: putWatch,
  [`GET ${ROOT}/swaps`]: swaps.listSwaps,
  [`POST ${ROOT}/swaps`]: swaps.beginSwap,
  [`GET ${ROOT}/swaps/*`]: swaps.getSwap,
  ...Object.fromEntries(SWAP_DEEDS.map((deed) => [`POST ${ROOT}/swaps/*/${deed}`, swaps.changeSwap(deed)])),
  [`GET ${ROOT}/exchanges/*/decision`]: explainExchange,
  [`GET ${ROOT}/models`]: listModels,
  [`GET ${ROOT}/models/*`]: getModel,
  [`GET ${ROOT}/routing`]: getRouting,
  [`POST ${ROOT}/routing/explain`]: tryRoute,
  [`GET ${ROOT}/settings`]: getSettings,
  [`GET ${ROOT}/egress`]: egress.getEgress,
  [`GET ${ROOT}/egress/verify`]: egress.getCheck,
  [`POST ${ROOT}/egress/verify`]: egress.startCheck,
  [`GET ${ROOT}/evidence/runs`]: evidenceReads.listRuns,
  [`GET ${ROOT}/evidence/runs/*`]: evidenceReads.getRun,
  [`GET ${ROOT}/evidence/standings`]: evidenceReads.listStandings,
  [`GET ${ROOT}/evidence/certificates`]: evidenceReads.listCertificates,
  [`GET ${ROOT}/evidence/certificates/*`]: evidenceReads.getCertificate,
  [`POST ${ROOT}/evidence/runs`]: evidence.putRun,
  [`POST ${ROOT}/evidence/standings`]: evidence.putStandings,
  [`POST ${ROOT}/evidence/certificates`]: evidence.putCertificate,
  [`POST ${ROOT}/evidence/certificates/*/withdraw`]: evidence.withdrawCertificate,
  'POST /key/generate': aliases.generate,
  'GET /key/info': aliases.info,
  'POST /key/delete': aliases.remove,
};

function groupRoutes(kind: 'team' | 'project'): Record<string, Handler> {
  const path = `${ROOT}/${kind}s`;
  return {
    [`GET ${path}`]: (step) => keys.listGroups(kind, step),
    [`GET ${path}/*`]: (step) => keys.getGroup(kind, step),
    [`PUT ${path}/*`]: (step) => keys.putGroup(kind, step),
    [`DELETE ${path}/*`]: (step) => keys.removeGroup(kind, step),
  };
}
