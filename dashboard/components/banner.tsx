import type { ReactNode } from 'react';

/** One sentence across the page about something that is wrong now. */
export function Banner({ children }: { children: ReactNode }) {
  return (
    <div className="banner" role="alert">
      {children}
    </div>
  );
}
