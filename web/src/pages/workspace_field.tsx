// Where a repository on the server is named; what is known is offered: what runs worked on, and the server's roots.
import { useId } from 'react';

import { useWorkspaces } from '../api/queries';

interface Props {
  label: string;
  placeholder: string;
  hint?: string;
  required?: boolean;
  value: string;
  onChange: (value: string) => void;
}

export function WorkspaceField({ label, placeholder, hint, required = false, value, onChange }: Props) {
  const id = useId();
  const known = useWorkspaces().data;
  return (
    <label className="block">
      <span className="label">{label}</span>
      <input
        className="field font-mono text-sm"
        list={id}
        required={required}
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={id}>
        {[...new Set([...(known?.recent ?? []), ...(known?.roots ?? [])])].map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      {hint && <span className="hint block">{hint}</span>}
    </label>
  );
}
