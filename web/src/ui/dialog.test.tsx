import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { Dialog } from './dialog';

function Page() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button onClick={() => setOpen(true)}>ask</button>
      {open && (
        <Dialog title="Sure?" onClose={() => setOpen(false)}>
          <input aria-label="why" />
        </Dialog>
      )}
    </>
  );
}

describe('a dialog', () => {
  // jsdom has none of the two: what they do to the focus while the dialog is shown.
  beforeAll(() => {
    HTMLDialogElement.prototype.showModal = function () {
      this.open = true;
      this.querySelector('input')!.focus();
    };
    HTMLDialogElement.prototype.close = function () {
      this.open = false;
    };
  });
  afterEach(cleanup);
  it('gives the focus back to where it was opened from', () => {
    render(<Page />);
    const button = screen.getByText('ask');
    button.focus();
    fireEvent.click(button);
    expect(document.activeElement).toBe(screen.getByLabelText('why'));
    fireEvent(screen.getByRole('dialog'), new Event('cancel', { cancelable: true }));
    expect(screen.queryByRole('dialog')).toBe(null);
    expect(document.activeElement).toBe(button);
  });
});
