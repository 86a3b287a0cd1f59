// Every colour is a variable of src/styles.css, where the light and the dark theme give it a value.
const token = (name) => `rgb(var(--${name}) / <alpha-value>)`;

/** @type {import('tailwindcss').Config} */
export default {
  content: ['./index.html', './src/**/*.{ts,tsx}'],
  theme: {
    colors: {
      transparent: 'transparent',
      current: 'currentColor',
      page: token('page'), // behind everything
      surface: token('surface'), // cards, panels
      raised: token('raised'), // hovered rows, code
      line: token('line'), // borders
      sand: token('sand'), // the family's tone
      ink: token('ink'),
      muted: token('muted'),
      accent: token('accent'),
      'on-accent': token('on-accent'),
      success: token('success'),
      danger: token('danger'),
      running: token('running'),
      waiting: token('waiting'),
      idle: token('idle'),
      added: token('added'),
      removed: token('removed'),
    },
    fontFamily: {
      serif: ['"Iowan Old Style"', '"Palatino Linotype"', 'Palatino', 'Georgia', 'serif'],
      sans: ['ui-sans-serif', 'system-ui', '-apple-system', '"Segoe UI"', 'Roboto', '"DejaVu Sans"', 'sans-serif'],
      mono: ['ui-monospace', '"SF Mono"', 'Menlo', 'Consolas', '"DejaVu Sans Mono"', 'monospace'],
    },
    extend: {
      maxWidth: { page: '88rem' },
      boxShadow: { card: '0 1px 2px rgb(43 36 32 / 0.06)', pop: '0 8px 30px rgb(43 36 32 / 0.18)' },
    },
  },
};
