import type { ExchangeView } from '../../../src/http/contract.ts';
import { Facts } from '../../components/figure.tsx';
import { count, money, percent, speed } from '../../components/format.ts';

/** What was read and written, and what that cost beside what the model that was asked for would have. */
export function Tokens({ exchange }: { exchange: ExchangeView }) {
  const { input_tokens, output_tokens, cache_read_tokens, cost_nanos, baseline_nanos, first_token_ms, total_ms, stream } = exchange;
  const saved = baseline_nanos !== null && cost_nanos !== null ? baseline_nanos - cost_nanos : null;
  const answering = first_token_ms === null ? 0 : total_ms - first_token_ms;
  return (
    <Facts
      of={[
        ['Read', tokens(input_tokens, exchange.estimated)],
        ['of them cached', cache_read_tokens ? `${count(cache_read_tokens)} (${percent(cache_read_tokens / (input_tokens || 1))})` : null],
        ['put into a cache', exchange.cache_write_tokens ? count(exchange.cache_write_tokens) : null],
        ['Written', tokens(output_tokens, exchange.estimated)],
        ['of them thinking', exchange.reasoning_tokens ? count(exchange.reasoning_tokens) : null],
        ['Speed', stream && output_tokens && answering > 50 ? speed((output_tokens / answering) * 1000) : null],
        ['Cost', cost_nanos === null ? 'not known: a price is missing' : money(cost_nanos)],
        ['Wasted', exchange.wasted_nanos ? `${money(exchange.wasted_nanos)} of it, on attempts without an answer` : null],
        ['As asked for', baseline_nanos === null ? null : money(baseline_nanos)],
        ['Saved', saved ? money(saved) : null],
        ['Price from', exchange.price_source],
      ]}
    />
  );
}

function tokens(of: number | null, estimated: 0 | 1): string {
  return of === null ? 'not known' : `${count(of)} tokens${estimated ? ', counted here' : ''}`;
}
