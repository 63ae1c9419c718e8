import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Empty } from '../components/empty.tsx';

/** Keeps the navigation alive when a page fails, also when a newer gateway no longer has the script of an older page. */
export class Boundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Empty title="This page could not be shown" hint={error.message}>
        <Button variant="default" onClick={() => location.reload()}>
          Reload
        </Button>
      </Empty>
    );
  }
}
