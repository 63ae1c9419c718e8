import { Button, Modal } from '@mantine/core';
import type { MadeKey } from '../../../src/http/contract.ts';
import { Copy } from '../../components/copy.tsx';

/** A new secret. The gateway keeps its hash only, so this is the one time. */
export function ShownOnce({ made, onClose }: { made: MadeKey | undefined; onClose(): void }) {
  return (
    <Modal
      opened={made !== undefined}
      onClose={onClose}
      title={`The key of ${made?.name ?? ''}`}
      centered
      closeOnClickOutside={false}
      closeOnEscape={false}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {made && (
        <div className="stack">
          <p>It is shown this once and kept nowhere. Copy it now.</p>
          <Copy text={made.key} />
          <p className="soft">Connect a tool with it:</p>
          <Copy text={`FREEHOLD_KEY=${made.key} freehold connect claude-code`} />
          <div className="row dialog-actions">
            <Button onClick={onClose}>I have it</Button>
          </div>
        </div>
      )}
    </Modal>
  );
}
