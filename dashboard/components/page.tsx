import type { ReactNode } from 'react';

interface PageProps {
  title: string;
  /** One sentence on what the page shows. */
  about?: ReactNode;
  /** Buttons and fields beside the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page: its title and its sections. */
export function Page({ title, about, actions, children }: PageProps) {
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>{title}</h1>
          {about !== undefined && <p className="page-about">{about}</p>}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

interface SectionProps {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A titled part of a page on a surface of its own. */
export function Section({ title, about, actions, children }: SectionProps) {
  return (
    <section className="section" aria-label={title}>
      <div className="section-head">
        <div>
          <h2>{title}</h2>
          {about !== undefined && <p className="section-about">{about}</p>}
        </div>
        {actions !== undefined && <div className="section-actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

/** Space that is held until something comes. @param lines how many lines it will have, roughly */
export function Waiting({ lines = 6 }: { lines?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} />
      ))}
    </div>
  );
}
