import type { ExchangeView } from '../../../src/http/contract.ts';
import { bytes, money, span } from '../../components/format.ts';
import { Tag } from '../../components/tag.tsx';
import { ZoneTag } from '../../components/zone.tsx';

/** Where the time went, and each target that was asked, in order. */
export function Attempts({ exchange }: { exchange: ExchangeView }) {
  const { attempts } = exchange;
  return (
    <div className="stack">
      <Times exchange={exchange} />
      {attempts.length === 0 ? (
        <p className="soft">Nobody was asked.</p>
      ) : (
        <ol className="attempts">
          {attempts.map((attempt, at) => (
            <li key={at}>
              <div className="row">
                <span className="mono">{`${attempt.provider}/${attempt.model}`}</span>
                <ZoneTag zone={attempt.zone} />
                {attempt.error ? (
                  <Tag tone={attempt.error === 'cancelled' ? 'plain' : 'bad'}>{attempt.error}</Tag>
                ) : (
                  <Tag tone="good">answered</Tag>
                )}
              </div>
              <Lane attempt={attempt} total={exchange.total_ms} />
              <p className="soft">{told(attempt)}</p>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

type Attempt = ExchangeView['attempts'][number];

/** When it ran within the exchange: until its first token, and after it. Older records do not say. */
function Lane({ attempt: { startMs, ms, firstTokenMs, error }, total }: { attempt: Attempt; total: number }) {
  if (startMs === undefined || ms === undefined || total <= 0) return null;
  const first = Math.min(firstTokenMs ?? ms, ms);
  const share = (value: number) => `${Math.min(100, Math.max(0, (value / total) * 100))}%`;
  return (
    <span className="lane" aria-hidden="true">
      <span
        data-tone={error && firstTokenMs === undefined ? 'failed' : 'vendor'}
        style={{ marginInlineStart: share(startMs), width: share(first) }}
      />
      <span data-tone={error ? 'failed' : 'own'} style={{ width: share(ms - first) }} />
    </span>
  );
}

function told({ startMs, ms, waitedMs, bytesOut, bytesIn, costNanos, unpriced, estimated, redacted, usage }: Attempt): string {
  const replaced = Object.values(redacted ?? {}).reduce((sum, times) => sum + times, 0);
  const parts = [
    startMs === undefined || ms === undefined ? '' : `after ${span(startMs)}, for ${span(ms)}`,
    waitedMs ? `stood in line for ${span(waitedMs)}` : '',
    bytesOut === undefined ? '' : `${bytes(bytesOut)} out, ${bytes(bytesIn)} in`,
    usage ? `${usage.input} tokens in, ${usage.output} out` : '',
    unpriced ? 'its price is not known' : costNanos === undefined ? '' : money(costNanos),
    estimated ? 'estimated' : '',
    replaced ? `${replaced} finds replaced before it was sent` : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** One bar from arrival to end: in Freehold, waiting for the first token, answering. */
function Times({ exchange: { overhead_ms, first_token_ms, total_ms } }: { exchange: ExchangeView }) {
  const own = Math.min(overhead_ms ?? 0, first_token_ms ?? total_ms);
  const waiting = (first_token_ms ?? total_ms) - own;
  const answering = first_token_ms === null ? 0 : Math.max(0, total_ms - first_token_ms);
  const parts = [
    { name: 'in Freehold', ms: own, tone: 'leased' },
    { name: first_token_ms === null ? 'waiting' : 'waiting for the first token', ms: waiting, tone: 'vendor' },
    { name: 'answering', ms: answering, tone: 'own' },
  ].filter(({ ms }) => ms > 0);
  return (
    <figure aria-label="Where the time went">
      <div className="share-bar" aria-hidden="true">
        {parts.map(({ name, ms, tone }) => (
          <span key={name} data-tone={tone} style={{ flexGrow: ms }} />
        ))}
      </div>
      <ul className="share-names">
        {parts.map(({ name, ms, tone }) => (
          <li key={name}>
            <span className="swatch" data-tone={tone} aria-hidden="true" />
            {name} <b>{span(ms)}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}
