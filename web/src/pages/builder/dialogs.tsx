// What the builder asks in a dialog.
import { useLocation } from 'wouter';

import { useDeleteWorkflow } from '../../api/queries';
import type { Workflow } from '../../api/types';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { useTell } from '../../ui/toast';
import { forgetUnsaved } from './unsaved';

export function OutdatedDialog({
  onLoad,
  onOverwrite,
  onClose,
}: {
  onLoad: () => void;
  onOverwrite: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog title="Somebody else saved this workflow meanwhile" onClose={onClose}>
      <p>Load what they saved, or replace it by what you have here. Undo and Versions bring back the other one.</p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onLoad}>Load theirs</Button>
        <Button kind="danger" onClick={onOverwrite}>
          Save anyway
        </Button>
      </div>
    </Dialog>
  );
}

export function RemoveDialog({ workflow, onClose }: { workflow: Workflow; onClose: () => void }) {
  const remove = useDeleteWorkflow();
  const tell = useTell();
  const [, navigate] = useLocation();
  const run = () =>
    remove.mutate(workflow.id, {
      onSuccess: () => {
        forgetUnsaved(workflow.id);
        navigate('/workflows');
      },
      onError: (error) => tell(error.message, true),
    });
  return (
    <Dialog title={`Delete ${workflow.name}?`} onClose={onClose}>
      <p>Nothing will start it any more. The history of its runs stays.</p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button kind="danger" busy={remove.isPending} onClick={run}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
