import './interval.css';

/** An estimate on a line from 0 to 1, with the interval in which it lies. Its figures stand beside it in words. */
export function IntervalLine({ mean, low, high, tone }: { mean: number; low: number; high: number; tone?: 'good' | 'bad' }) {
  const percent = (share: number) => `${Math.min(1, Math.max(0, share)) * 100}%`;
  return (
    <span className="interval" data-tone={tone} aria-hidden="true">
      <span className="interval-span" style={{ left: percent(low), width: percent(high - low) }} />
      <span className="interval-mean" style={{ left: percent(mean) }} />
    </span>
  );
}
