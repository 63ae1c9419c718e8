import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Dialog, DialogActions } from './dialog.tsx';
import { Problem } from './problem.tsx';

interface Props {
  title: string;
  /** What the button that does it says. */
  action: string;
  isDangerous?: boolean;
  /** Why it could not be done. */
  error?: Error | null;
  /** Settles when it is done; the dialog stays open when it fails. */
  onConfirm(): Promise<unknown>;
  /** What opens the dialog. */
  opener(open: () => void): ReactNode;
  /** What it means. */
  children: ReactNode;
}

/** Asks before something is done that others will feel. */
export function Confirm({ title, action, isDangerous, error, onConfirm, opener, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [isDoing, setDoing] = useState(false);
  const go = async () => {
    setDoing(true);
    try {
      await onConfirm();
      setOpen(false);
    } catch {
      // The reason stands in the dialog.
    } finally {
      setDoing(false);
    }
  };
  return (
    <>
      {opener(() => setOpen(true))}
      <Dialog title={title} isOpen={isOpen} onClose={() => setOpen(false)}>
        <div className="stack">
          {children}
          {error && <Problem error={error} />}
          <DialogActions>
            <Button variant="default" onClick={() => setOpen(false)}>
              Leave it
            </Button>
            <Button color={isDangerous ? 'red.9' : undefined} loading={isDoing} onClick={() => void go()}>
              {action}
            </Button>
          </DialogActions>
        </div>
      </Dialog>
    </>
  );
}
