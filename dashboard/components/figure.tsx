import type { ReactNode } from 'react';

interface Props {
  label: string;
  /** With its unit. */
  value: ReactNode;
  /** What it means, or what it is compared with. */
  note?: ReactNode;
  /** Drawn large: the figure that the page is about. */
  isMain?: boolean;
}

/** One number with its name and its meaning. Put several into `Figures`. */
export function Figure({ label, value, note, isMain }: Props) {
  return (
    <div className="figure" data-main={isMain || undefined}>
      <dt>{label}</dt>
      <dd className="figure-value">{value}</dd>
      {note !== undefined && <dd className="figure-note">{note}</dd>}
    </div>
  );
}

export function Figures({ children }: { children: ReactNode }) {
  return <dl className="figures">{children}</dl>;
}

/** Names and values of one thing, one a line. Absent values are left out. */
export function Facts({ of }: { of: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {of
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
