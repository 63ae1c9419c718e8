import { readFileSync } from 'node:fs';
import { configFrom } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';

/** The gateway as a library without a data folder: nothing is kept, nobody is limited. `node bare.ts CONFIG` */
const [file = ''] = process.argv.slice(2);
const gateway = await createGateway({ config: configFrom(JSON.parse(readFileSync(file, 'utf8'))) });
process.once('SIGTERM', () => void gateway.close().then(() => process.exit(0)));
