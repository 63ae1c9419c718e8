import { configFrom } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';

/** A gateway in a process of its own, so that it can be killed. Usage: gateway-process.ts CONFIG-JSON; prints its URL when it listens. */
const config = configFrom(JSON.parse(process.argv[2]!));
const gateway = await createGateway({ config, env: {}, log: (line) => process.stderr.write(`${line}\n`) });
process.stdout.write(`${gateway.url}\n`);
process.on('SIGTERM', () => void gateway.close().then(() => process.exit(0)));
