// What somebody decides: the change itself, the input, who and when; and the two buttons.
import { useState } from 'react';

import { useDecide } from '../api/queries';
import type { Approval } from '../api/types';
import { Button } from '../ui/button';
import { DiffView } from '../ui/diff_view';
import { Failure } from '../ui/feedback';
import { JsonView } from '../ui/json_view';
import { useTell } from '../ui/toast';

const kName = 'commandcenter.name';

type Shown = Pick<Approval, 'id' | 'nodeId' | 'preview' | 'input'>;

// Where there is no patch, the input is all there is to decide by.
export function Decided({ approval }: { approval: Shown }) {
  const patch = approval.preview?.patch;
  const whole = approval.preview?.artifact;
  return (
    <>
      {patch && <DiffView patch={patch} />}
      {whole && (
        <p className="mt-2 text-sm">
          This is its beginning.{' '}
          <a
            className="text-accent underline"
            href={`/api/artifacts/${whole.hash}`}
            download={`${approval.nodeId}.patch`}
          >
            All of it: {(whole.sizeBytes / 1048576).toFixed(1)} MiB
          </a>
        </p>
      )}
      {approval.preview && !patch && <p className="text-sm text-muted">It would change no file.</p>}
      <details className="mt-3" open={!patch}>
        <summary className="cursor-pointer text-sm text-muted">Input, exactly as the agent would get it</summary>
        <div className="mt-2">
          <JsonView value={approval.input} />
        </div>
      </details>
    </>
  );
}

export function DecisionForm({ approval, onDecided }: { approval: Shown; onDecided?: (approved: boolean) => void }) {
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
    // Not a callback of mutate(): the form is gone as soon as the list is read again.
    decide
      .mutateAsync({ id: approval.id, approved, by: name.trim(), notes: notes.trim() })
      .then(() => {
        tell(`${approval.nodeId} ${approved ? 'approved' : 'rejected'}`);
        onDecided?.(approved);
      })
      .catch(() => {}); // shown below, from decide.error
  };
  return (
    <div className="mt-5 border-t border-line pt-4">
      <div className="grid gap-3 sm:grid-cols-[12rem_1fr]">
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
