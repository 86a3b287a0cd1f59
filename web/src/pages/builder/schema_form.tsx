// A form for the input of an action, made from its JSON Schema. Every field may hold a template instead of a value;
// what the form cannot show (deep or free objects) is edited as JSON.
import { useId, useState } from 'react';

import { isObject } from '../../api/client';
import type { Json, JsonObject } from '../../api/types';
import { TemplateField, type Suggestion } from './template_field';

const kManyFields = 4; // that need not be there
const kMaxDepth = 3; // of objects within objects; deeper ones are edited as JSON

const isTemplate = (value: Json | undefined) => typeof value === 'string' && value.includes('{{');

function typeOf(schema: JsonObject): string {
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type;
  if (typeof type === 'string') return type;
  if (schema.properties) return 'object';
  return schema.enum ? 'string' : 'any';
}

// Where anything may stand, text stands for itself, and for what it is as JSON if it is no text there.
export function valueOf(text: string): Json | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

export function textOf(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' && valueOf(value) === value ? value : JSON.stringify(value);
}

function JsonField({
  id,
  value,
  onChange,
  describedBy,
}: {
  id: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  describedBy: string;
}) {
  const [text, setText] = useState(() =>
    value === undefined ? '' : typeof value === 'string' && isTemplate(value) ? value : JSON.stringify(value, null, 2),
  );
  const [invalid, setInvalid] = useState('');
  return (
    <>
      <textarea
        id={id}
        className="field h-24 font-mono text-sm"
        aria-describedby={describedBy}
        aria-invalid={invalid !== ''}
        value={text}
        spellCheck={false}
        onChange={(event) => {
          const next = event.target.value;
          setText(next);
          setInvalid('');
          if (next.trim() === '') return onChange(undefined);
          if (next.trim().startsWith('{{')) return onChange(next);
          try {
            onChange(JSON.parse(next) as Json);
          } catch (error) {
            setInvalid((error as Error).message);
          }
        }}
      />
      {invalid && <p className="text-sm text-danger">{invalid}</p>}
    </>
  );
}

function Field({
  name,
  schema,
  required,
  value,
  suggestions,
  depth,
  onChange,
}: {
  name: string;
  schema: JsonObject;
  required: boolean;
  value: Json | undefined;
  suggestions: Suggestion[];
  depth: number;
  onChange: (value: Json | undefined) => void;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  const type = typeOf(schema);
  const choices = Array.isArray(schema.enum) ? schema.enum : type === 'boolean' ? [true, false] : null;
  const [free, setFree] = useState(isTemplate(value)); // a choice that is computed instead
  if (depth < kMaxDepth && type === 'object' && isObject(schema.properties) && (value === undefined || isObject(value)))
    return (
      <fieldset className="mb-4 rounded-md border border-line px-3 pt-2">
        <legend className="label px-1 font-mono">{name}</legend>
        {typeof schema.description === 'string' && <p className="hint mb-2">{schema.description}</p>}
        <SchemaForm
          schema={schema}
          value={value ?? {}}
          suggestions={suggestions}
          empty=""
          depth={depth + 1}
          onChange={(next) => onChange(Object.keys(next).length === 0 ? undefined : next)}
        />
      </fieldset>
    );
  const hints = [
    typeof schema.description === 'string' ? schema.description : '',
    schema.default !== undefined ? `Default: ${JSON.stringify(schema.default)}.` : '',
  ].filter(Boolean);

  let control;
  if (choices && !free) {
    control = (
      <select
        id={id}
        className="field"
        aria-describedby={hintId}
        value={value === undefined ? '' : JSON.stringify(value)}
        onChange={(event) => onChange(event.target.value === '' ? undefined : (JSON.parse(event.target.value) as Json))}
      >
        <option value="">{required ? 'choose…' : 'not set'}</option>
        {choices.map((choice) => (
          <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
            {String(choice)}
          </option>
        ))}
      </select>
    );
  } else if (type === 'any' && (value === undefined || typeof value !== 'object')) {
    control = (
      <TemplateField
        id={id}
        describedBy={hintId}
        value={textOf(value)}
        suggestions={suggestions}
        multiline
        onChange={(text) => onChange(valueOf(text))}
      />
    );
  } else if (type === 'object' || type === 'array' || type === 'any') {
    control = <JsonField id={id} value={value} onChange={onChange} describedBy={hintId} />;
  } else {
    const isNumber = type === 'number' || type === 'integer';
    control = (
      <TemplateField
        id={id}
        describedBy={hintId}
        value={value === undefined ? '' : String(value)}
        suggestions={suggestions}
        multiline={!isNumber && !choices}
        onChange={(text) => {
          if (text === '') return onChange(undefined);
          onChange(isNumber && !text.includes('{{') && Number.isFinite(Number(text)) ? Number(text) : text);
        }}
      />
    );
  }
  return (
    <div className="mb-4">
      <div className="flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="label font-mono">
          {name}
          {required && (
            <span className="text-danger" title="required">
              {' '}
              *
            </span>
          )}
        </label>
        {choices && (
          <button type="button" className="py-1 text-xs text-accent underline" onClick={() => setFree(!free)}>
            {free ? 'choose a value' : 'use a template'}
          </button>
        )}
      </div>
      {control}
      <p id={hintId} className="hint">
        {hints.join(' ')}
      </p>
    </div>
  );
}

export function SchemaForm({
  schema,
  value,
  suggestions,
  empty,
  depth = 0,
  onChange,
}: {
  schema: JsonObject;
  empty: string; // what to say when there is no field
  depth?: number;
  value: JsonObject;
  suggestions: Suggestion[];
  onChange: (value: JsonObject, field: string) => void;
}) {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const names = [...new Set([...required, ...Object.keys(value), ...Object.keys(properties)])];
  // What was neither required nor set when the form was opened is a click away, if it is much.
  const [folded] = useState(() => {
    const rest = names.filter((name) => !required.includes(name) && value[name] === undefined);
    return new Set(depth === 0 && rest.length > kManyFields && rest.length < names.length ? rest : []);
  });
  if (names.length === 0) return <p className="mb-3 text-sm text-muted">{empty}</p>;
  const field = (name: string) => (
    <Field
      key={name}
      name={name}
      schema={isObject(properties[name]) ? properties[name] : {}}
      required={required.includes(name)}
      value={value[name]}
      suggestions={suggestions}
      depth={depth}
      onChange={(next) => {
        const { [name]: _, ...others } = value;
        onChange(next === undefined ? others : { ...value, [name]: next }, name);
      }}
    />
  );
  return (
    <>
      {names.filter((name) => !folded.has(name)).map(field)}
      {folded.size > 0 && (
        <details className="mb-4">
          <summary className="mb-3 cursor-pointer py-1 text-sm text-muted">{folded.size} more fields</summary>
          {names.filter((name) => folded.has(name)).map(field)}
        </details>
      )}
    </>
  );
}
