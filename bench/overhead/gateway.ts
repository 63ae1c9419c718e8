import { loadConfig } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';

const [config, port] = process.argv.slice(2);
const gateway = await createGateway({ config: loadConfig({ flags: { config, port } }).config, log: console.error });
process.once('SIGTERM', () => void gateway.close().then(() => process.exit(0)));
