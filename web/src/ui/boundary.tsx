// Around each page: what goes wrong while one is drawn must not take the rest away.
import { Component, type ReactNode } from 'react';

import { Button } from './button';

export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div role="alert" className="card mx-auto my-8 max-w-xl px-8 py-10 text-center">
        <h2>This page cannot be shown</h2>
        <p className="mt-3 break-words text-muted">{error instanceof Error ? error.message : String(error)}</p>
        <Button className="mt-5" onClick={() => window.location.reload()}>
          Load it again
        </Button>
      </div>
    );
  }
}
