import { expect, it } from 'vitest';
import { Counter, Histogram } from './tally.ts';

it('prints counters with escaped labels', () => {
  const counter = new Counter('a_total', 'help', ['x', 'y']);
  counter.add(['1', 'say "hi"\n']);
  counter.add(['1', 'say "hi"\n'], 2);
  counter.add(['2', '']);
  expect(counter.print()).toBe(
    '# HELP a_total help\n# TYPE a_total counter\na_total{x="1",y="say \\"hi\\"\\n"} 3\na_total{x="2",y=""} 1\n',
  );
});

it('prints cumulative buckets', () => {
  const histogram = new Histogram('t_seconds', 'help', [0.1, 1], []);
  for (const value of [0.1, 0.5, 7]) histogram.observe([], value);
  expect(histogram.print().split('\n').slice(2, -1)).toEqual([
    't_seconds_bucket{le="0.1"} 1',
    't_seconds_bucket{le="1"} 2',
    't_seconds_bucket{le="+Inf"} 3',
    't_seconds_sum 7.6',
    't_seconds_count 3',
  ]);
});

it('keeps a bounded number of series', () => {
  const counter = new Counter('a_total', 'help', ['x']);
  for (let i = 0; i < 5000; i++) counter.add([String(i)]);
  const lines = counter.print().trim().split('\n');
  expect(lines).toHaveLength(1003);
  expect(lines.at(-1)).toBe('a_total{x="other"} 4000');
});
