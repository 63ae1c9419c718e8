import { SegmentedControl } from '@mantine/core';
import { useSearchParams } from 'wouter';

const DAY = 86_400_000;

const SPANS = [
  { value: '1', label: '24 h' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
] as const;

export interface Span {
  days: number;
  /** Whole days, UTC, of which today is the last: Unix milliseconds, the second exclusive. */
  from: number;
  to: number;
}

/** The span that a page shows, from `days` in the address. @param usual days when the address says nothing */
export function useSpan(usual = 30): Span {
  const [search] = useSearchParams();
  const asked = Number(search.get('days'));
  const days = Number.isInteger(asked) && asked >= 1 && asked <= 366 ? asked : usual;
  const to = (Math.floor(Date.now() / DAY) + 1) * DAY;
  return { days, from: to - days * DAY, to };
}

/** Chooses the span. @param without spans that mean nothing on the page */
export function SpanChoice({ usual = 30, without = [] }: { usual?: number; without?: readonly number[] }) {
  const { days } = useSpan(usual);
  const [, setSearch] = useSearchParams();
  return (
    <SegmentedControl
      size="xs"
      aria-label="Span"
      value={String(days)}
      data={SPANS.filter(({ value }) => !without.includes(Number(value))).map((span) => ({ ...span }))}
      onChange={(value) =>
        setSearch(
          (search) => {
            search.set('days', value);
            return search;
          },
          { replace: true },
        )
      }
    />
  );
}
