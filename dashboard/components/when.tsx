import { ago, clock, day, hour, moment, recent } from './format.ts';

const FORMS = { moment, clock, hour, day };

/** A moment in the reader's zone; in full on hover. @param at Unix milliseconds */
export function When({ at, as = 'moment' }: { at: number | null | undefined; as?: keyof typeof FORMS | 'ago' | 'recent' }) {
  if (at == null) return <span className="soft">–</span>;
  const text = as === 'ago' ? ago(at, Date.now()) : as === 'recent' ? recent(at, Date.now()) : FORMS[as](at);
  return (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {text}
    </time>
  );
}
