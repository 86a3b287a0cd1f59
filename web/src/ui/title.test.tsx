import { cleanup, render } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';

import { PageHead } from './page';
import { useWaitingTitle } from './title';

function App({ waiting, title }: { waiting: number; title: string | null }) {
  useWaitingTitle(waiting);
  return title === null ? null : <PageHead title={<a href="/x">{title}</a>} />;
}

describe('the title of the tab', () => {
  afterEach(cleanup);
  it('is that of the page, and tells how many decisions wait', () => {
    const { rerender } = render(<App waiting={0} title="Runs" />);
    expect(document.title).toBe('Runs · commandcenter');
    rerender(<App waiting={2} title="Runs" />);
    expect(document.title).toBe('(2) Runs · commandcenter');
    rerender(<App waiting={2} title="Agents" />);
    expect(document.title).toBe('(2) Agents · commandcenter');
    rerender(<App waiting={0} title={null} />);
    expect(document.title).toBe('commandcenter');
  });
});
