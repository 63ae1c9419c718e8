import type { ReactNode } from 'react';

interface Props {
  title: string;
  /** What to do, so that there is something here. */
  hint?: ReactNode;
  /** A command to type, shown as such. */
  command?: string;
  children?: ReactNode;
}

/** What stands where there is nothing yet. */
export function Empty({ title, hint, command, children }: Props) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {hint !== undefined && <p className="empty-hint">{hint}</p>}
      {command !== undefined && <code className="command">{command}</code>}
      {children}
    </div>
  );
}
