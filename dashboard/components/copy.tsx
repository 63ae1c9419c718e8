import { CopyButton } from '@mantine/core';

/** Browsers let pages copy only where nobody can read along: over HTTPS, or on the machine itself. */
const MAY_COPY = 'clipboard' in navigator;

/** A command, and a button that copies it. */
export function Copy({ text }: { text: string }) {
  return (
    <div className="copy">
      <code>{text}</code>
      {MAY_COPY && (
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <button type="button" className="quiet" onClick={copy} aria-label={`Copy: ${text}`}>
              {copied ? 'Copied' : 'Copy'}
            </button>
          )}
        </CopyButton>
      )}
    </div>
  );
}
