import { type Attributes, type HrTime, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import {
  createOtlpNetworkExportDelegate,
  ExporterMetrics,
  type IExporterTransport,
  OTLPExporterBase,
} from '@opentelemetry/otlp-exporter-base';
import {
  type IExporterMetricsHelper,
  type ISerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  MetricsExporterMetricsHelper,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
  TraceExporterMetricsHelper,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { AlwaysOnSampler, BatchSpanProcessor, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { Instruments } from './instruments.ts';
import type { TelemetrySettings } from './settings.ts';
import type { SpanDraft } from './spans.ts';

/** The OpenTelemetry side of it, loaded only where something is to be sent. */
export interface Export {
  /** Queues spans; never waits. */
  spans(drafts: readonly SpanDraft[]): void;
  /** Absent where no measurements are sent. */
  readonly instruments: Instruments | undefined;
  /** Sends what is queued and ends. */
  close(): Promise<void>;
}

/** How bytes get to a collector. @param send of the gateway's own way out */
export type TransportTo = (url: string, headers: Readonly<Record<string, string>>) => IExporterTransport;

/** Spans in one sending. The processor's own default. */
const BATCH = 512;

/** Opens what the settings ask for. @param ended told what became of so many spans */
export function openExport(
  settings: TelemetrySettings,
  version: string,
  transport: TransportTo,
  ended: (spans: number, isSent: boolean) => void,
): Export {
  const { protocol, timeoutMs } = settings;
  const resource = resourceFromAttributes({ 'service.version': version, ...settings.resource });
  const exporter = <Items>(
    { url, headers }: { url: string; headers: Readonly<Record<string, string>> },
    serializer: ISerializer<Items, unknown>,
    metricsHelper: IExporterMetricsHelper<Items>,
  ) => {
    const type = protocol === 'json' ? 'application/json' : 'application/x-protobuf';
    // What the exporter would report of itself goes nowhere: the gateway counts on its own.
    const nothing = new ExporterMetrics<Items>({
      componentType: 'otlp_http_exporter',
      metricsHelper,
      url,
      meterProvider: undefined,
      responseAttributesFromError: () => ({}),
    });
    const options = { timeoutMillis: timeoutMs, concurrencyLimit: 4, compression: 'none' } as const;
    const delegate = createOtlpNetworkExportDelegate(options, serializer, nothing, transport(url, { ...headers, 'content-type': type }));
    return new OTLPExporterBase<Items>(delegate);
  };
  const isJson = protocol === 'json';
  const spans =
    settings.traces && exporter(settings.traces, isJson ? JsonTraceSerializer : ProtobufTraceSerializer, TraceExporterMetricsHelper);
  const ids = new NextIds();
  const processor =
    spans &&
    new BatchSpanProcessor({
      maxQueueSize: settings.queue,
      maxExportBatchSize: Math.min(BATCH, settings.queue),
      scheduledDelayMillis: settings.delayMs,
      exportTimeoutMillis: timeoutMs * 2,
      exporter: {
        export: (batch: ReadableSpan[], told) =>
          spans.export(batch, (result) => {
            ended(batch.length, result.code === 0);
            told(result);
          }),
        shutdown: () => spans.shutdown(),
      },
    });
  const tracers =
    processor && new TracerProvider({ resource, idGenerator: ids, sampler: new AlwaysOnSampler(), spanProcessors: [processor] });
  const measured =
    settings.metrics &&
    exporter(settings.metrics, isJson ? JsonMetricsSerializer : ProtobufMetricsSerializer, MetricsExporterMetricsHelper);
  const meters =
    measured &&
    new MeterProvider({
      resource,
      readers: [
        new PeriodicExportingMetricReader({
          exporter: measured,
          exportIntervalMillis: settings.intervalMs,
          exportTimeoutMillis: Math.min(settings.intervalMs, timeoutMs),
        }),
      ],
    });
  const tracer = tracers?.getTracer('freehold', version);
  return {
    instruments: meters && new Instruments(meters.getMeter('freehold', version)),
    spans: (drafts) => {
      for (const draft of tracer ? drafts : []) {
        ids.next = draft;
        const parent = draft.parent && { ...draft.parent, traceFlags: TraceFlags.SAMPLED, isRemote: draft.kind === 'server' };
        const context = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
        const kind = draft.kind === 'server' ? SpanKind.SERVER : SpanKind.CLIENT;
        const span = tracer!.startSpan(
          draft.name,
          { kind, startTime: hrTime(draft.start), attributes: draft.attributes as Attributes },
          context,
        );
        if (draft.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: draft.error });
        span.end(hrTime(draft.end));
      }
    },
    close: async () => {
      await Promise.allSettled([tracers?.shutdown(), meters?.shutdown()]);
    },
  };
}

/** Ids as the drafts have them, because providers were told them long before. */
class NextIds {
  next: Pick<SpanDraft, 'traceId' | 'spanId'> = { traceId: '', spanId: '' };

  generateTraceId(): string {
    return this.next.traceId;
  }

  generateSpanId(): string {
    return this.next.spanId;
  }
}

/** Unix milliseconds as seconds and nanoseconds: the library takes small numbers for another clock. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
