import { CopyButton } from '@mantine/core';

/** A command, and a button that copies it. */
export function Copy({ text }: { text: string }) {
  return (
    <div className="copy">
      <code>{text}</code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <button type="button" className="quiet" onClick={copy} aria-label={`Copy: ${text}`}>
            {copied ? 'Copied' : 'Copy'}
          </button>
        )}
      </CopyButton>
    </div>
  );
}
