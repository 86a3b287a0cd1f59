import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';

import { usePageTitle } from './title';

export function PageHead({ title, about, actions }: { title: ReactNode; about?: ReactNode; actions?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [text, setText] = useState('');
  useLayoutEffect(() => setText(heading.current!.textContent ?? ''), [title]);
  usePageTitle(text);
  return (
    <div className="mb-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 ref={heading} className="break-words">
          {title}
        </h1>
        {about && <div className="mt-1 text-muted">{about}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  );
}

// A short id to read, the whole one to copy.
export function Id({ value }: { value: string }) {
  return (
    <code title={value} className="whitespace-nowrap text-muted">
      {value.length > 12 ? `${value.slice(0, 10)}…` : value}
    </code>
  );
}
