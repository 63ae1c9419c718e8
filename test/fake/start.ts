import { configFrom } from '../../src/config/load.ts';
import type { ExchangeRecord } from '../../src/exchange/record.ts';
import type { Stage } from '../../src/exchange/stage.ts';
import { createGateway, type Gateway } from '../../src/gateway.ts';

/** A real gateway on a free loopback port, with what it recorded. */
export interface Started {
  gateway: Gateway;
  url: string;
  records: ExchangeRecord[];
  log: string[];
}

/** Starts a gateway from config text in YAML's own shape (an object), as the file would hold it. */
export async function startGateway(
  file: Record<string, unknown>,
  stages: readonly Stage[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Started> {
  const records: ExchangeRecord[] = [];
  const log: string[] = [];
  const { server, ...others } = file;
  const config = configFrom({ server: { port: 0, ...(server as object) }, ...others });
  const gateway = await createGateway({
    config,
    stages,
    env,
    log: (line) => log.push(line),
    onExchange: (record) => records.push(record),
  });
  return { gateway, url: gateway.url, records, log };
}
