import { percent } from './format.ts';

export interface Share {
  name: string;
  value: number;
  /** Which of the page's colours; the position decides where it is absent. */
  tone?: 'own' | 'leased' | 'proven' | 'vendor' | 'none';
}

const TONES = ['own', 'leased', 'vendor', 'none'] as const;

/** Parts of a whole as one bar, with their names and shares in words below it. @param form how a value is written */
export function ShareBar({ label, shares, form }: { label: string; shares: readonly Share[]; form?: (value: number) => string }) {
  const whole = shares.reduce((sum, { value }) => sum + value, 0);
  const shown = shares.map((share, at) => ({
    ...share,
    tone: share.tone ?? TONES[at % TONES.length],
    part: whole ? share.value / whole : 0,
  }));
  return (
    <figure className="share" aria-label={label}>
      <div className="share-bar" aria-hidden="true">
        {shown.map(({ name, part, tone }) => (
          <span key={name} data-tone={tone} style={{ flexGrow: part }} hidden={part === 0} />
        ))}
      </div>
      <ul className="share-names">
        {shown
          .filter(({ value }) => value > 0)
          .map(({ name, value, part, tone }) => (
            <li key={name}>
              <span className="swatch" data-tone={tone} aria-hidden="true" />
              {name} <b>{percent(part)}</b>
              {form && <span className="soft"> {form(value)}</span>}
            </li>
          ))}
      </ul>
    </figure>
  );
}
