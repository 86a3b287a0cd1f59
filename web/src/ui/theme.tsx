// Light or dark: as the system says until somebody chooses, then as chosen, in this browser.
import { useState } from 'react';

type Theme = 'light' | 'dark';
const kStored = 'commandcenter.theme';

function preferred(): Theme {
  const stored = localStorage.getItem(kStored);
  if (stored === 'light' || stored === 'dark') return stored;
  return window.matchMedia?.('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function applyTheme(theme: Theme = preferred()) {
  document.documentElement.dataset.theme = theme;
}

export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(preferred);
  const other: Theme = theme === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      className="target rounded-md border border-line px-2 py-1 text-sm text-muted hover:bg-raised"
      onClick={() => {
        localStorage.setItem(kStored, other);
        applyTheme(other);
        setTheme(other);
      }}
    >
      {other === 'dark' ? 'Dark' : 'Light'}
      <span className="sr-only"> theme</span>
    </button>
  );
}
