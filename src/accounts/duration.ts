const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A time span as people write it: `30s`, `10m`, `24h`, `30d`, `4w`.
 * @returns milliseconds; undefined for anything else
 */
export function readDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})(s|m|h|d|w)$/.exec(text.trim()) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS[unit]!;
}
