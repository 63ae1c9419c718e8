/**
 * The admin API: what is sent to it and what it answers, for its pages, the command line and programs. Times are Unix milliseconds, money
 * whole nano-dollars (1e-9 US dollars) in fields that end in `_nanos`, absent values null.
 */
export * from './schemas/aliases.ts';
export * from './schemas/comparison.ts';
export * from './schemas/contents.ts';
export * from './schemas/decision.ts';
export * from './schemas/egress.ts';
export * from './schemas/evidence.ts';
export * from './schemas/evidence-reads.ts';
export * from './schemas/exchanges.ts';
export * from './schemas/keys.ts';
export * from './schemas/live.ts';
export * from './schemas/measurements.ts';
export * from './schemas/models.ts';
export * from './schemas/money.ts';
export * from './schemas/reports.ts';
export * from './schemas/routing.ts';
export * from './schemas/session.ts';
export * from './schemas/settings.ts';
export * from './schemas/swaps.ts';
export * from './schemas/watch.ts';
