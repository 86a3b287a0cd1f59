// States of runs and nodes: each has a colour, a shape and a word, so that none of the three is needed to tell them
// apart.
import type { ReactNode } from 'react';

import type { NodeStatus, RiskLevel } from '../api/types';

interface Look {
  word: string;
  text: string; // class of the colour
  shape: ReactNode;
}

const kLooks: Record<string, Look> = {
  PENDING: {
    word: 'Pending',
    text: 'text-idle',
    shape: <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" strokeWidth="2" strokeDasharray="2.5 2.5" />,
  },
  RUNNING: { word: 'Running', text: 'text-running', shape: <path d="M5 3.2v9.6L13 8z" fill="currentColor" /> },
  WAITING_APPROVAL: {
    word: 'Waiting for approval',
    text: 'text-waiting',
    shape: <path d="M4 3h3v10H4zM9 3h3v10H9z" fill="currentColor" />,
  },
  SUCCESS: {
    word: 'Success',
    text: 'text-success',
    shape: <path d="m2.5 8.5 3.5 4 7.5-9" fill="none" stroke="currentColor" strokeWidth="2.4" />,
  },
  FAILED: {
    word: 'Failed',
    text: 'text-danger',
    shape: <path d="m3.5 3.5 9 9m0-9-9 9" stroke="currentColor" strokeWidth="2.4" />,
  },
  SKIPPED: {
    word: 'Skipped',
    text: 'text-idle',
    shape: (
      <path d="M3 4v8l5-4zm5 0v8l5-4z" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinejoin="round" />
    ),
  },
  CANCELLED: {
    word: 'Cancelled',
    text: 'text-idle',
    shape: (
      <path
        d="M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2ZM4.2 11.8l7.6-7.6"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
      />
    ),
  },
  APPROVED: {
    word: 'Approved',
    text: 'text-success',
    shape: <path d="m2.5 8.5 3.5 4 7.5-9" fill="none" stroke="currentColor" strokeWidth="2.4" />,
  },
  REJECTED: {
    word: 'Rejected',
    text: 'text-danger',
    shape: <path d="m3.5 3.5 9 9m0-9-9 9" stroke="currentColor" strokeWidth="2.4" />,
  },
};

const kUnknown: Look = {
  word: 'Unknown',
  text: 'text-idle',
  shape: <circle cx="8" cy="8" r="3" fill="currentColor" />,
};
const look = (status: string) => kLooks[status] ?? { ...kUnknown, word: status };

export const statusWord = (status: string) => look(status).word;

// The same shapes as letters, for drawings of very many: each picture would be a layer of its own.
const kLetters: Record<string, string> = {
  PENDING: '○',
  RUNNING: '▸',
  WAITING_APPROVAL: '‖',
  SUCCESS: '✓',
  FAILED: '✗',
  SKIPPED: '»',
  CANCELLED: '⊘',
};

export function StatusLetter({ status }: { status: string }) {
  const { word, text } = look(status);
  return (
    <span role="img" aria-label={word} className={`font-sans font-bold ${text}`}>
      {kLetters[status] ?? '·'}
    </span>
  );
}

export function StatusIcon({ status, size = 16 }: { status: string; size?: number }) {
  const { word, text, shape } = look(status);
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      role="img"
      aria-label={word}
      className={`shrink-0 ${text} ${status === 'RUNNING' ? 'motion-safe:animate-pulse' : ''}`}
    >
      {shape}
    </svg>
  );
}

// `short`: on a narrow screen the shape alone is seen.
export function Status({ status, short }: { status: NodeStatus | string; short?: boolean }) {
  const { word, text } = look(status);
  return (
    <span
      className={`inline-flex items-center gap-1.5 whitespace-nowrap align-middle font-medium ${text}`}
      data-status={status}
    >
      <span aria-hidden="true" className="flex">
        <StatusIcon status={status} />
      </span>
      {short ? <span className="sr-only sm:not-sr-only">{word}</span> : word}
    </span>
  );
}

export function Risk({ level }: { level: RiskLevel }) {
  return level === 'AUTO' ? (
    <span className="whitespace-nowrap rounded border border-line px-1.5 py-0.5 text-xs text-muted">
      runs by itself
    </span>
  ) : (
    <span className="whitespace-nowrap rounded border border-waiting px-1.5 py-0.5 text-xs font-medium text-waiting">
      asks first
    </span>
  );
}
