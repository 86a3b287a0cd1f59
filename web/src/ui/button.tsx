import type { ButtonHTMLAttributes } from 'react';

type Kind = 'primary' | 'plain' | 'danger' | 'quiet';

const kLook: Record<Kind, string> = {
  primary: 'bg-accent text-on-accent border-accent hover:opacity-90',
  plain: 'bg-surface text-ink border-line hover:bg-raised',
  danger: 'bg-surface text-danger border-danger hover:bg-removed',
  quiet: 'bg-transparent text-ink border-transparent hover:bg-raised',
};

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: Kind;
  small?: boolean;
  busy?: boolean;
}

export function Button({ kind = 'plain', small, busy, disabled, className = '', children, ...rest }: Props) {
  return (
    <button
      type="button"
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={`target inline-flex items-center justify-center gap-2 whitespace-nowrap rounded-md border font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-50 ${small ? 'px-2 py-1 text-sm' : 'px-3 py-1.5'} ${kLook[kind]} ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
