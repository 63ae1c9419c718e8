import { z } from 'zod';
import { ZONES } from '../protocol/zone.ts';

/** The section `telemetry` of the configuration. */
export const telemetrySchema = z
  .strictObject({
    otlp: z
      .string()
      .trim()
      .regex(/^https?:\/\/[^\s]+$/, 'is no address of a collector; write http://HOST:4318')
      .optional()
      .meta({
        description:
          'Where an OpenTelemetry collector takes OTLP over HTTP, e.g. http://127.0.0.1:4318; /v1/traces and /v1/metrics are added. Without it, and without OTEL_EXPORTER_OTLP_ENDPOINT, nothing is sent.',
      }),
    headers: z.record(z.string().min(1), z.string()).default({}).meta({
      description: 'Headers for the collector, e.g. authorization; best as references to environment variables.',
    }),
    protocol: z.enum(['protobuf', 'json']).default('protobuf').meta({ description: 'How it is written; every collector reads both.' }),
    traces: z.boolean().default(true).meta({ description: 'Whether each exchange becomes a trace.' }),
    metrics: z.boolean().default(true).meta({ description: 'Whether measurements by the GenAI conventions are sent.' }),
    sample: z.number().min(0).max(1).default(1).meta({
      description: 'Share of exchanges that become a trace. A caller that says whether its trace is sampled is obeyed.',
    }),
    content: z.boolean().default(false).meta({
      description:
        'Whether what was asked and answered goes to the collector, word for word. Off by default; works only where store.content is on too.',
    }),
    propagate: z
      .enum(['none', ...ZONES])
      .default('leased')
      .meta({
        description:
          'The farthest zone whose providers are told the trace (traceparent, tracestate, baggage): it is a mark by which requests can be linked. none tells nobody.',
      }),
    interval_seconds: z.number().positive().max(3600).default(60).meta({ description: 'How often measurements are sent.' }),
    queue: z.int().positive().max(1_000_000).default(2048).meta({
      description: 'Spans that may wait to be sent. What comes then is dropped and counted; requests never wait for a collector.',
    }),
  })
  .transform(({ interval_seconds, ...rest }) => ({ ...rest, intervalMs: interval_seconds * 1000 }));

/** Durations in milliseconds. */
export type TelemetrySection = z.output<typeof telemetrySchema>;
