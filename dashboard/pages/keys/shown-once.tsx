import { Button } from '@mantine/core';
import type { MadeKey } from '../../../src/http/contract.ts';
import { Copy } from '../../components/copy.tsx';
import { Dialog, DialogActions } from '../../components/dialog.tsx';

/** A new secret. The gateway keeps its hash only, so this is the one time. */
export function ShownOnce({ made, onClose }: { made: MadeKey | undefined; onClose(): void }) {
  return (
    <Dialog title={`The key of ${made?.name ?? ''}`} isOpen={made !== undefined} onClose={onClose} isFirm>
      {made && (
        <div className="stack">
          <p>It is shown this once and kept nowhere. Copy it now.</p>
          <Copy text={made.key} />
          <p className="soft">Connect a tool with it:</p>
          <Copy text={`freehold connect claude-code --url ${location.origin} --key ${made.key}`} />
          <DialogActions>
            <Button onClick={onClose}>I have it</Button>
          </DialogActions>
        </div>
      )}
    </Dialog>
  );
}
