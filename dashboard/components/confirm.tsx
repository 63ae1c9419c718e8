import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Dialog, DialogActions } from './dialog.tsx';
import { Problem } from './problem.tsx';

interface Props {
  title: string;
  /** What the button that does it says. */
  action: string;
  isDangerous?: boolean;
  /** Settles when it is done; when it fails the dialog stays open and says why. */
  onConfirm(): Promise<unknown>;
  /** What opens the dialog. */
  opener(open: () => void): ReactNode;
  /** What it means. */
  children: ReactNode;
}

/** Asks before something is done that others will feel. */
export function Confirm({ title, action, isDangerous, onConfirm, opener, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [isDoing, setDoing] = useState(false);
  const [error, setError] = useState<Error>();
  const go = async () => {
    setDoing(true);
    setError(undefined);
    try {
      await onConfirm();
      setOpen(false);
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    } finally {
      setDoing(false);
    }
  };
  return (
    <>
      {opener(() => {
        setError(undefined);
        setOpen(true);
      })}
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
