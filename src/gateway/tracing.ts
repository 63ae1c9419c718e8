import { readFileSync } from 'node:fs';
import type { Config } from '../config/schema.ts';
import type { ExchangeRecord } from '../exchange/record.ts';
import type { Stage } from '../exchange/stage.ts';
import type { Surroundings } from '../exchange/surroundings.ts';
import { messagesOf } from '../telemetry/messages.ts';
import { settingsOf } from '../telemetry/settings.ts';
import type { AddressOf } from '../telemetry/spans.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { traced, traceStage } from '../telemetry/tracing.ts';
import type { Upstream } from '../upstream/client.ts';
import { post } from '../upstream/post.ts';
import { contents } from './contents.ts';

/** What a gateway that reports to a collector adds to its exchanges. Nothing where it reports to nobody. */
export interface Tracing {
  telemetry?: Telemetry;
  stages: readonly Stage[];
  trace?: Surroundings['trace'];
}

interface TracingParts {
  config(): Config;
  env: NodeJS.ProcessEnv;
  upstream: Upstream;
  log(line: string): void;
}

/** Reports as configuration and environment ask for when the gateway starts; another collector takes a restart. */
export function tracingOver({ config, env, upstream, log }: TracingParts): Tracing {
  const settings = settingsOf(config().telemetry, env);
  if (!settings) return { stages: [] };
  const telemetry = new Telemetry({
    settings,
    version: version(),
    send: (url, headers, body, timeoutMs) => post(upstream, url, headers, body, timeoutMs),
    addressOf: (provider) => addressIn(config(), provider),
    contentOf: (exchange) => contentOf(exchange),
    log,
  });
  return { telemetry, stages: [traceStage], trace: (headers, record, attempt) => traced(headers, record, attempt, settings) };
}

function addressIn({ providers }: Config, name: string): ReturnType<AddressOf> {
  const text = providers[name]?.url;
  if (text === undefined || !URL.canParse(text)) return undefined;
  const { hostname, port, protocol } = new URL(text);
  return { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

/** What was said, where the record has it. */
function contentOf({ content, dialect, asked, stream }: ExchangeRecord): Record<string, string> | undefined {
  const said = content && contents.reread({ dialect, asked, stream: stream ? 1 : 0, content });
  return said && typeof said !== 'string' ? messagesOf(said) : undefined;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
