// Around each page: what goes wrong while one is drawn must not take the rest away.
import { Component, lazy, type ComponentType, type ReactNode } from 'react';

import { Button } from './button';

// A part of the program that could not be had from the server. The browser may remember that it could not, and a server
// of another version has it under another name: only the whole page again is sure to help.
export class PartMissing extends Error {
  constructor() {
    super('A part of this page could not be loaded: the server was away, or has another version by now.');
  }
}

export const lazyPage = <Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) =>
  lazy(() =>
    load().catch(() => {
      throw new PartMissing();
    }),
  );

interface BoundaryProps {
  recoveries: number; // how often the server was back after it had been away
  reload?: () => void;
  children: ReactNode;
}

export class Boundary extends Component<BoundaryProps, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidUpdate({ recoveries }: BoundaryProps) {
    if (recoveries === this.props.recoveries || this.state.error === null) return;
    if (this.state.error instanceof PartMissing) this.reload();
    else this.setState({ error: null });
  }

  private reload() {
    (this.props.reload ?? (() => window.location.reload()))();
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div role="alert" className="card mx-auto my-8 max-w-xl px-8 py-10 text-center">
        <h2>This page cannot be shown</h2>
        <p className="mt-3 break-words text-muted">{error instanceof Error ? error.message : String(error)}</p>
        <Button className="mt-5" onClick={() => this.reload()}>
          Load it again
        </Button>
      </div>
    );
  }
}
