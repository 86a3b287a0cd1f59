import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Approval } from '../api/types';
import { Toasts } from '../ui/toast';
import { ApprovalCard } from './approvals';

const kApproval = {
  id: 'p',
  workflowRunId: 'r',
  nodeId: 'tell',
  agentName: 'notifier',
  action: 'send',
  riskLevel: 'AUTO',
  status: 'PENDING',
  requestedAt: '2026-01-01T00:00:00Z',
  expiresAt: '2026-01-02T00:00:00Z',
  input: { channel: 'console' },
} as unknown as Approval;

const show = (approval: Approval) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Toasts>
        <ApprovalCard approval={approval} onDecided={() => {}} />
      </Toasts>
    </QueryClientProvider>,
  );
const fold = () => screen.getByText(/^Input, exactly/).closest('details')!;

describe('an approval', () => {
  afterEach(cleanup);
  it('shows the input where there is no patch to decide by', () => {
    show(kApproval);
    expect(fold().open).toBe(true);
  });
  it('folds the input under a patch', () => {
    const patch = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n';
    show({ ...kApproval, preview: { patch, files: 1 } } as unknown as Approval);
    expect(fold().open).toBe(false);
  });
  it('does not say that it runs by itself', () => {
    show(kApproval);
    expect(screen.queryByText('runs by itself')).toBe(null);
    cleanup();
    show({ ...kApproval, riskLevel: 'APPROVAL_REQUIRED' } as Approval);
    screen.getByText('asks first');
  });
});

describe('a decision', () => {
  afterEach(() => {
    cleanup();
    localStorage.clear();
    vi.unstubAllGlobals();
  });
  const answering = () => {
    const fetched = vi.fn(async (_path: string, _init?: RequestInit) => new Response('{}', { status: 200 }));
    vi.stubGlobal('fetch', fetched);
    return fetched;
  };
  const names = () => screen.getAllByLabelText<HTMLInputElement>('Your name');

  it('asks for a name before anything is sent', () => {
    const fetched = answering();
    show(kApproval);
    fireEvent.change(names()[0]!, { target: { value: '  ' } });
    fireEvent.click(screen.getByText('Approve'));
    screen.getByText(/^Your name is needed/);
    expect(names()[0]!.getAttribute('aria-invalid')).toBe('true');
    expect(document.activeElement).toBe(names()[0]);
    expect(fetched).not.toHaveBeenCalled();
  });
  it('is signed with the name, which every other form knows from then on', async () => {
    const fetched = answering();
    show(kApproval);
    show({ ...kApproval, id: 'q' } as Approval);
    fireEvent.change(names()[0]!, { target: { value: ' Ada ' } });
    fireEvent.click(screen.getAllByText('Approve')[0]!);
    await waitFor(() => expect(fetched).toHaveBeenCalled());
    expect(JSON.parse(String(fetched.mock.calls[0]![1]!.body))).toMatchObject({ respondedBy: 'Ada' });
    expect(names()[1]!.value).toBe('Ada');
  });
});
