import './dialog.css';
import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  isOpen: boolean;
  onClose(): void;
  /** It closes by its buttons alone: what it shows is not shown again. */
  isFirm?: boolean;
  /** Wide enough for a form. */
  isWide?: boolean;
  children: ReactNode;
}

/** A window over the page that asks or shows something. The page behind it is not locked: what locks it is a style that the policy refuses. */
export function Dialog({ title, isOpen, onClose, isFirm = false, isWide, children }: Props) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={title}
      size={isWide ? 'lg' : 'md'}
      centered
      lockScroll={false}
      closeOnClickOutside={!isFirm}
      closeOnEscape={!isFirm}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {children}
    </Modal>
  );
}

/** The buttons at the end of a dialog. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="row dialog-actions">{children}</div>;
}
