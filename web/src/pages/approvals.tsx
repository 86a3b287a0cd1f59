// What waits for a person: what would be done, by whom, with which input and which changes; and the decision.
import { useState } from 'react';
import { Link } from 'wouter';

import { useApprovals, useDecide } from '../api/queries';
import type { Approval } from '../api/types';
import { Button } from '../ui/button';
import { DiffView } from '../ui/diff_view';
import { Empty, Failure, Loaded } from '../ui/feedback';
import { JsonView } from '../ui/json_view';
import { PageHead } from '../ui/page';
import { Risk, Status } from '../ui/status';
import { Time } from '../ui/time';
import { useTell } from '../ui/toast';

const kName = 'commandcenter.name';

function DecisionForm({ approval }: { approval: Approval }) {
  const [name, setName] = useState(() => localStorage.getItem(kName) ?? '');
  const [notes, setNotes] = useState('');
  const [missing, setMissing] = useState('');
  const decide = useDecide();
  const tell = useTell();
  const answer = (approved: boolean) => {
    if (name.trim() === '') return setMissing('Your name is needed: it goes into the record.');
    if (!approved && notes.trim() === '') return setMissing('Say why you reject it, so that others can mend it.');
    setMissing('');
    localStorage.setItem(kName, name.trim());
    decide.mutate(
      { id: approval.id, approved, by: name.trim(), notes: notes.trim() },
      { onSuccess: () => tell(approved ? `${approval.nodeId} approved` : `${approval.nodeId} rejected`) },
    );
  };
  return (
    <div className="mt-5 border-t border-line pt-4">
      <div className="grid gap-3 sm:grid-cols-[14rem_1fr]">
        <label>
          <span className="label">Your name</span>
          <input className="field" autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <label>
          <span className="label">Note</span>
          <input
            className="field"
            value={notes}
            onChange={(event) => setNotes(event.target.value)}
            placeholder="needed to reject"
          />
        </label>
      </div>
      {missing && (
        <p role="alert" className="mt-2 text-sm text-danger">
          {missing}
        </p>
      )}
      {decide.error && <Failure error={decide.error} />}
      <div className="mt-4 flex gap-2">
        <Button kind="primary" busy={decide.isPending} onClick={() => answer(true)}>
          Approve
        </Button>
        <Button kind="danger" busy={decide.isPending} onClick={() => answer(false)}>
          Reject
        </Button>
      </div>
    </div>
  );
}

function ApprovalCard({ approval, open }: { approval: Approval; open: boolean }) {
  const patch = approval.preview?.patch;
  const workflow = approval.workflowRun?.workflow;
  return (
    <li className="card p-5" data-testid={`approval-${approval.id}`}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 className="min-w-0 break-words">
          {approval.agentName ? `${approval.agentName} · ${approval.action}` : approval.nodeId}
        </h2>
        <Risk level={approval.riskLevel} />
        {approval.status !== 'PENDING' && <Status status={approval.status} />}
      </div>
      <p className="mt-1 text-sm text-muted">
        step <strong className="font-medium text-ink">{approval.nodeId}</strong> of{' '}
        <Link href={`/runs/${approval.workflowRunId}`}>{workflow?.name ?? 'this run'}</Link>, asked{' '}
        <Time at={approval.requestedAt} />
        {approval.status === 'PENDING' ? (
          <>
            , expires <Time at={approval.expiresAt} />
          </>
        ) : (
          <>
            , {approval.status === 'APPROVED' ? 'approved' : 'rejected'} by {approval.respondedBy ?? 'nobody'}{' '}
            <Time at={approval.respondedAt} />
          </>
        )}
      </p>
      {approval.notes && <p className="mt-2 break-words">“{approval.notes}”</p>}
      {patch && (
        <div className="mt-4">
          <DiffView patch={patch} />
        </div>
      )}
      <details className="mt-3" open={open && !patch}>
        <summary className="cursor-pointer text-sm text-muted">Input, exactly as the agent would get it</summary>
        <div className="mt-2">
          <JsonView value={approval.input} />
        </div>
      </details>
      {approval.status === 'PENDING' && <DecisionForm approval={approval} />}
    </li>
  );
}

export function ApprovalsPage({ id }: { id?: string }) {
  const [history, setHistory] = useState(false);
  const approvals = useApprovals(history || id ? undefined : 'PENDING');
  return (
    <>
      <PageHead
        title="Approvals"
        about="Nothing here happens before somebody says so. A decision counts for exactly what is shown."
        actions={
          id ? (
            <Link href="/approvals">All approvals</Link>
          ) : (
            <Button aria-pressed={history} onClick={() => setHistory(!history)}>
              {history ? 'Only open ones' : 'Show decided ones too'}
            </Button>
          )
        }
      />
      <Loaded query={approvals} what="the approvals">
        {(all) => {
          const list = id ? all.filter((approval) => approval.id === id) : all;
          return list.length > 0 ? (
            <ul className="grid gap-4">
              {list.map((approval) => (
                <ApprovalCard key={approval.id} approval={approval} open={list.length === 1} />
              ))}
            </ul>
          ) : (
            <Empty title={id ? 'There is no such approval' : 'Nothing waits for you'}>
              {!id && 'Steps that need a decision show up here by themselves.'}
            </Empty>
          );
        }}
      </Loaded>
    </>
  );
}
