import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { Suspense } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Boundary, lazyPage } from './boundary';

let broken = true;
function Page() {
  if (broken) throw new Error('no data');
  return <p>the page</p>;
}

describe('the boundary of a page', () => {
  beforeEach(() => {
    broken = true;
    vi.spyOn(console, 'error').mockImplementation(() => {}); // React tells of each error
  });
  afterEach(() => {
    cleanup();
    vi.restoreAllMocks();
  });

  it('shows the page again when the server is back', () => {
    const { rerender } = render(<Boundary recoveries={0} children={<Page />} />);
    screen.getByText('no data');
    broken = false;
    rerender(<Boundary recoveries={0} children={<Page />} />);
    screen.getByText('no data');
    rerender(<Boundary recoveries={1} children={<Page />} />);
    screen.getByText('the page');
  });
  it('says that a part could not be loaded, and loads the whole again when the server is back', async () => {
    const Missing = lazyPage<object>(() =>
      Promise.reject(new TypeError('Failed to fetch dynamically imported module')),
    );
    const reload = vi.fn();
    const shown = (recoveries: number) => (
      <Boundary recoveries={recoveries} reload={reload}>
        <Suspense>
          <Missing />
        </Suspense>
      </Boundary>
    );
    const { rerender } = render(shown(0));
    await screen.findByText(/^A part of this page could not be loaded/);
    expect(reload).not.toHaveBeenCalled();
    rerender(shown(1));
    expect(reload).toHaveBeenCalledTimes(1);
    fireEvent.click(screen.getByText('Load it again'));
    expect(reload).toHaveBeenCalledTimes(2);
  });
  it('leaves a page that is shown alone', () => {
    broken = false;
    const { rerender } = render(<Boundary recoveries={0} children={<Page />} />);
    const page = screen.getByText('the page');
    rerender(<Boundary recoveries={1} children={<Page />} />);
    expect(screen.getByText('the page')).toBe(page);
  });
});
