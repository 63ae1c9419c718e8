import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killAgainAndAgain } from './rounds.ts';

/** The long form: `node test/crash/main.ts --runs 100 --usd 100000` kills a gateway under load a hundred times and prints the books. */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '100' }, usd: { type: 'string', default: '100000' } } });
const data = mkdtempSync(join(tmpdir(), 'freehold-crash-'));
const after = await killAgainAndAgain(data, Number(values.runs), Number(values.usd), Math.random);
rmSync(data, { recursive: true, force: true });
console.log(JSON.stringify(after, null, 2));
const isWhole = after.rows === after.intents && after.taken <= after.intents && after.cost === after.spent && after.spent <= after.limit;
console.log(isWhole ? 'The books are whole.' : 'THE BOOKS ARE NOT WHOLE.');
process.exitCode = isWhole ? 0 : 1;
