import type { TelemetrySection } from './schema.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** One kind of signal: where it goes. */
interface Outlet {
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** What is sent, where and how. Durations in milliseconds. */
export interface TelemetrySettings {
  traces: Outlet | undefined;
  metrics: Outlet | undefined;
  protocol: TelemetrySection['protocol'];
  /** Share of exchanges that become a trace, where the caller does not say. */
  sample: number;
  content: boolean;
  propagate: TelemetrySection['propagate'];
  intervalMs: number;
  /** For how long one sending may take, and how often traces are sent. */
  timeoutMs: number;
  delayMs: number;
  queue: number;
  /** What is said of this process. */
  resource: Readonly<Record<string, string>>;
  /** What was found in the environment that cannot be had, with what happens instead. */
  warnings: readonly string[];
}

/**
 * What the configuration and the standard variables ask for. The configuration goes first; variables by
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/. Pure.
 * @returns undefined where nothing is to be sent
 */
export function settingsOf(section: TelemetrySection, env: Env): TelemetrySettings | undefined {
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return undefined;
  const traces = outlet('traces', section, env);
  const metrics = outlet('metrics', section, env);
  if (!traces && !metrics) return undefined;
  const warnings: string[] = [];
  return {
    traces,
    metrics,
    protocol: protocolOf(section, env, warnings),
    sample: sampleOf(section, env, warnings),
    content: section.content,
    propagate: section.propagate,
    intervalMs: section.otlp ? section.intervalMs : (whole(env['OTEL_METRIC_EXPORT_INTERVAL']) ?? section.intervalMs),
    timeoutMs: whole(env['OTEL_EXPORTER_OTLP_TIMEOUT']) ?? 10_000,
    delayMs: whole(env['OTEL_BSP_SCHEDULE_DELAY']) ?? 5000,
    queue: section.otlp ? section.queue : (whole(env['OTEL_BSP_MAX_QUEUE_SIZE']) ?? section.queue),
    resource: {
      'service.name': env['OTEL_SERVICE_NAME']?.trim() || 'freehold',
      ...pairs(env['OTEL_RESOURCE_ATTRIBUTES']),
      ...(env['OTEL_SERVICE_NAME']?.trim() && { 'service.name': env['OTEL_SERVICE_NAME'].trim() }),
    },
    warnings,
  };
}

function outlet(signal: 'traces' | 'metrics', section: TelemetrySection, env: Env): Outlet | undefined {
  const name = signal.toUpperCase();
  if (!section[signal] || env[`OTEL_${name}_EXPORTER`]?.trim() === 'none') return undefined;
  const common = pairs(env['OTEL_EXPORTER_OTLP_HEADERS']);
  const headers = { ...common, ...pairs(env[`OTEL_EXPORTER_OTLP_${name}_HEADERS`]), ...section.headers };
  if (section.otlp) return { url: below(section.otlp, signal), headers };
  // A signal's own address is taken as it stands, the general one gets the signal's path.
  const own = env[`OTEL_EXPORTER_OTLP_${name}_ENDPOINT`]?.trim();
  if (own && URL.canParse(own)) return { url: own, headers };
  const general = env['OTEL_EXPORTER_OTLP_ENDPOINT']?.trim();
  return general && URL.canParse(general) ? { url: below(general, signal), headers } : undefined;
}

function below(base: string, signal: string): string {
  return `${base.replace(/\/+$/, '')}/v1/${signal}`;
}

function protocolOf(section: TelemetrySection, env: Env, warnings: string[]): TelemetrySection['protocol'] {
  const asked = section.otlp ? undefined : env['OTEL_EXPORTER_OTLP_PROTOCOL']?.trim();
  if (asked === 'http/json') return 'json';
  if (asked && asked !== 'http/protobuf')
    warnings.push(`OTEL_EXPORTER_OTLP_PROTOCOL: ${asked} is not spoken here; http/protobuf is used, which collectors take on port 4318`);
  return section.protocol;
}

/** Samplers of the specification that come down to a share. */
function sampleOf(section: TelemetrySection, env: Env, warnings: string[]): number {
  const sampler = section.otlp ? undefined : env['OTEL_TRACES_SAMPLER']?.trim().replace(/^parentbased_/, '');
  if (!sampler || sampler === 'always_on') return section.sample;
  if (sampler === 'always_off') return 0;
  const share = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? 1);
  if (sampler === 'traceidratio' && share >= 0 && share <= 1) return share;
  warnings.push(
    'OTEL_TRACES_SAMPLER: only always_on, always_off and traceidratio with a share from 0 to 1 are known; telemetry.sample is used',
  );
  return section.sample;
}

/** `a=1,b=2` with percent-encoded values, as W3C baggage has it. */
function pairs(text: string | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (at <= 0 || !name) continue;
    const value = pair.slice(at + 1).trim();
    try {
      found[name] = decodeURIComponent(value);
    } catch {
      found[name] = value;
    }
  }
  return found;
}

function whole(text: string | undefined): number | undefined {
  const value = Number(text?.trim() || Number.NaN);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}
