import { cleanup, render } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';

import { MarkdownLine } from './markdown_view';

describe('a line of Markdown', () => {
  afterEach(cleanup);
  it('shows code as code, and nothing as HTML', () => {
    const { container } = render(<MarkdownLine text="Changes files as `operation` says, <b>boldly</b>" />);
    expect(container.textContent).toBe('Changes files as operation says, <b>boldly</b>');
    expect(container.querySelector('code')!.textContent).toBe('operation');
    expect(container.querySelector('b')).toBeNull();
  });
});
