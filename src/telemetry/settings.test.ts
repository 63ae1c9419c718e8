import { describe, expect, test } from 'vitest';
import { telemetrySchema } from './schema.ts';
import { settingsOf } from './settings.ts';

const section = (given: object = {}) => telemetrySchema.parse(given);
const of = (given: object, env: Record<string, string> = {}) => settingsOf(section(given), env);

describe('what is sent where', () => {
  test('nothing, unless somebody says where', () => {
    expect(of({})).toBeUndefined();
    expect(of({}, { OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_ENDPOINT: ' ' })).toBeUndefined();
    expect(of({}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'no address' })).toBeUndefined();
    expect(of({ otlp: 'http://c:4318' }, { OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    expect(of({ otlp: 'http://c:4318', traces: false, metrics: false })).toBeUndefined();
  });

  test('the configuration goes before the environment', () => {
    const settings = of(
      { otlp: 'http://mine:4318/', headers: { a: '2' }, protocol: 'json', sample: 0.5 },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://theirs:4318', OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=x%20y', OTEL_TRACES_SAMPLER: 'always_off' },
    )!;
    expect(settings.traces).toEqual({ url: 'http://mine:4318/v1/traces', headers: { a: '2', b: 'x y' } });
    expect(settings.metrics?.url).toBe('http://mine:4318/v1/metrics');
    expect(settings).toMatchObject({ protocol: 'json', sample: 0.5 });
  });

  test('standard variables suffice: a signal’s own address stands as it is, the general one gets a path', () => {
    const settings = of(
      {},
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collect:4318/base',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://tempo/ingest',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_SERVICE_NAME: 'gateway-eu',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,service.name=ignored',
        OTEL_METRIC_EXPORT_INTERVAL: '1500',
        OTEL_BSP_MAX_QUEUE_SIZE: '7',
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
      },
    )!;
    expect(settings).toMatchObject({
      traces: { url: 'http://tempo/ingest' },
      metrics: { url: 'https://collect:4318/base/v1/metrics' },
      protocol: 'json',
      intervalMs: 1500,
      queue: 7,
      sample: 0.25,
      resource: { 'service.name': 'gateway-eu', 'deployment.environment.name': 'prod' },
      warnings: [],
    });
  });

  test('one signal can be switched off', () => {
    expect(of({ otlp: 'http://c' }, { OTEL_METRICS_EXPORTER: 'none' })).toMatchObject({
      metrics: undefined,
      traces: { url: 'http://c/v1/traces' },
    });
    expect(of({ otlp: 'http://c', traces: false })?.traces).toBeUndefined();
  });

  test('what cannot be had is said', () => {
    const { warnings, protocol, sample } = of(
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_SAMPLER: 'jaeger_remote' },
    )!;
    expect(warnings).toEqual([expect.stringContaining('grpc'), expect.stringContaining('OTEL_TRACES_SAMPLER')]);
    expect([protocol, sample]).toEqual(['protobuf', 1]);
  });

  test('an address that is none is refused by its setting', () => {
    expect(() => section({ otlp: 'collector:4318' })).toThrow('http://HOST:4318');
    expect(() => section({ propagate: 'everywhere' })).toThrow();
  });
});
