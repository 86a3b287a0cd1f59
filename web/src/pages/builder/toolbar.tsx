// Above the builder: the workflow's name, whether it is saved, and what can be done with all of it.
import type { Workflow } from '../../api/types';
import { Button } from '../../ui/button';
import { arranged } from './model';
import type { DeskState } from './use_desk';

export type DialogName = 'run' | 'versions' | 'remove' | 'outdated';

function stateOf(workflow: Workflow | undefined, isChanged: boolean, isOutdated: boolean) {
  if (isChanged) return isOutdated ? 'not saved; somebody saved another version meanwhile' : 'not saved';
  return workflow ? `version ${workflow.version}` : '';
}

export function Toolbar({
  desk: { draft, history, change },
  workflow,
  isChanged,
  isOutdated,
  isSaving,
  onSave,
  onDiscard,
  onDialog,
}: {
  desk: DeskState;
  workflow: Workflow | undefined;
  isChanged: boolean;
  isOutdated: boolean;
  isSaving: boolean;
  onSave: () => void;
  onDiscard: (workflow: Workflow) => void;
  onDialog: (name: DialogName) => void;
}) {
  return (
    <div className="mb-4 flex flex-wrap items-center gap-2">
      <input
        className="field min-w-[14rem] max-w-md flex-1 font-serif text-2xl font-semibold"
        aria-label="Name of the workflow"
        placeholder="Name of the workflow"
        value={draft.name}
        onChange={(event) => change({ ...draft, name: event.target.value }, 'name')}
      />
      <span className="text-sm text-muted" role="status">
        {stateOf(workflow, isChanged, isOutdated && !isSaving)}
      </span>
      <div className="ml-auto flex flex-wrap gap-2">
        <Button small disabled={!history.canUndo} onClick={history.undo} title="Ctrl+Z">
          Undo
        </Button>
        <Button small disabled={!history.canRedo} onClick={history.redo} title="Ctrl+Y">
          Redo
        </Button>
        <Button small disabled={draft.nodes.length === 0} onClick={() => change(arranged(draft))}>
          Arrange
        </Button>
        {isChanged && workflow && (
          <Button small onClick={() => onDiscard(workflow)}>
            Discard changes
          </Button>
        )}
        {workflow && (
          <>
            <Button small onClick={() => onDialog('versions')}>
              Versions
            </Button>
            <Button small kind="danger" onClick={() => onDialog('remove')}>
              Delete
            </Button>
            <Button
              small
              disabled={isChanged || workflow.status !== 'ACTIVE'}
              title={isChanged ? 'Save it first' : undefined}
              onClick={() => onDialog('run')}
            >
              Run
            </Button>
          </>
        )}
        <Button small kind="primary" busy={isSaving} disabled={!isChanged || isSaving} onClick={onSave} title="Ctrl+S">
          Save
        </Button>
      </div>
    </div>
  );
}
