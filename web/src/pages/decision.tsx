// What somebody decides: the change itself, the input, who and when; and the two buttons.
import { useId, useRef, useState } from 'react';

import { useDecide } from '../api/queries';
import type { Approval } from '../api/types';
import { Button } from '../ui/button';
import { DiffView } from '../ui/diff_view';
import { Failure } from '../ui/feedback';
import { JsonView } from '../ui/json_view';
import { rememberPerson, usePerson } from '../ui/person';
import { useTell } from '../ui/toast';

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
        <summary className="cursor-pointer py-1 text-sm text-muted">Input, exactly as the agent would get it</summary>
        <div className="mt-2">
          <JsonView value={approval.input} />
        </div>
      </details>
    </>
  );
}

const kMissing = {
  name: 'Your name is needed: it goes into the record. This browser remembers it.',
  notes: 'Say why you reject it, so that others can mend it.',
};
type Missing = keyof typeof kMissing;

export function DecisionForm({ approval, onDecided }: { approval: Shown; onDecided?: (approved: boolean) => void }) {
  const person = usePerson();
  const [typed, setTyped] = useState<string | null>(null); // null: whoever decided last
  const name = typed ?? person;
  const [notes, setNotes] = useState('');
  const [missing, setMissing] = useState<Missing | null>(null);
  const nameField = useRef<HTMLInputElement>(null);
  const notesField = useRef<HTMLInputElement>(null);
  const id = useId();
  const decide = useDecide();
  const tell = useTell();
  const answer = (approved: boolean) => {
    const lacks = name.trim() === '' ? 'name' : !approved && notes.trim() === '' ? 'notes' : null;
    setMissing(lacks);
    if (lacks !== null) return (lacks === 'name' ? nameField : notesField).current?.focus();
    rememberPerson(name);
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
          <input
            ref={nameField}
            className="field"
            autoComplete="name"
            required
            placeholder="who decides"
            value={name}
            aria-invalid={missing === 'name'}
            aria-describedby={missing === 'name' ? `${id}-missing` : undefined}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <label>
          <span className="label">Note</span>
          <input
            ref={notesField}
            className="field"
            value={notes}
            aria-invalid={missing === 'notes'}
            aria-describedby={missing === 'notes' ? `${id}-missing` : undefined}
            onChange={(event) => setNotes(event.target.value)}
            placeholder="needed to reject"
          />
        </label>
      </div>
      {missing && (
        <p role="alert" id={`${id}-missing`} className="mt-2 text-sm text-danger">
          {kMissing[missing]}
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
