// A text field that knows templates: after "{{" it offers what can be read here, by the ARIA combobox pattern.
import { useMemo, useRef, useState, type KeyboardEvent } from 'react';

import { isObject } from '../../api/client';
import type { Agent, JsonObject } from '../../api/types';
import { upstreamOf, type Draft } from './model';
import { Preview } from './preview';

export interface Suggestion {
  text: string; // "scan.output.summary.total"
  about: string;
}

const kMaxShown = 8;
const kMaxDepth = 3;

function members(schema: JsonObject, prefix: string, depth: number): Suggestion[] {
  if (depth === 0 || !isObject(schema.properties)) return [];
  return Object.entries(schema.properties).flatMap(([name, member]) => {
    if (!isObject(member)) return [];
    const key = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name) ? `.${name}` : `['${name}']`;
    const about = typeof member.description === 'string' ? member.description : String(member.type ?? '');
    return [{ text: prefix + key, about }, ...members(member, prefix + key, depth - 1)];
  });
}

// What a step's templates can read: the outputs of everything upstream, the run's context and the run itself.
export function suggestionsFor(draft: Draft, node: string, agents: Agent[]): Suggestion[] {
  const found: Suggestion[] = [];
  for (const id of upstreamOf(draft, node)) {
    const upstream = draft.nodes.find((one) => one.id === id)!;
    found.push({ text: `${id}.output`, about: 'everything it answered' });
    if (isObject(upstream.transform as JsonObject)) {
      found.push(
        ...Object.keys(upstream.transform as JsonObject).map((key) => ({
          text: `${id}.output.${key}`,
          about: 'computed',
        })),
      );
    }
    const capabilities =
      agents.find((agent) => agent.name === upstream.agent || agent.id === upstream.agent)?.capabilities ?? [];
    const action =
      capabilities.find((one) => one.name === upstream.action) ??
      (capabilities.length === 1 ? capabilities[0] : undefined);
    if (action) found.push(...members(action.outputSchema, `${id}.output`, kMaxDepth));
    found.push({ text: `${id}.status`, about: 'SUCCESS, FAILED or SKIPPED' });
    found.push({ text: `${id}.error`, about: 'why it failed; missing when it did not' });
  }
  return [
    ...found,
    { text: 'context', about: 'what the run was started with' },
    { text: 'run.id', about: 'the run itself' },
    { text: 'run.workflow', about: 'the name of its workflow' },
    { text: 'run.trigger', about: 'what started it' },
  ];
}

// The unfinished template that the cursor stands in: where its last word begins, and that word.
export function openTemplate(text: string, cursor: number): { from: number; word: string } | null {
  const before = text.slice(0, cursor);
  const open = before.lastIndexOf('{{');
  if (open < 0 || before.indexOf('}}', open) >= 0) return null;
  const word = /[A-Za-z0-9_.:[\]'-]*$/.exec(before.slice(open + 2))![0];
  return { from: cursor - word.length, word };
}

export function TemplateField({
  id,
  value,
  suggestions,
  onChange,
  multiline,
  describedBy,
  bare,
}: {
  id: string;
  value: string;
  suggestions: Suggestion[];
  onChange: (value: string) => void;
  multiline?: boolean;
  describedBy?: string;
  bare?: boolean; // an expression without braces
}) {
  const field = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [active, setActive] = useState(0);
  const open = useMemo(() => {
    if (cursor === null) return null;
    const at = bare
      ? {
          from: cursor - /[A-Za-z0-9_.:[\]'-]*$/.exec(value.slice(0, cursor))![0].length,
          word: /[A-Za-z0-9_.:[\]'-]*$/.exec(value.slice(0, cursor))![0],
        }
      : openTemplate(value, cursor);
    if (!at || (bare && at.word === '')) return null;
    const options = suggestions
      .filter(({ text }) => text.toLowerCase().includes(at.word.toLowerCase()) && text !== at.word)
      .slice(0, kMaxShown);
    return options.length > 0 ? { ...at, options } : null;
  }, [value, cursor, suggestions, bare]);

  const choose = (suggestion: Suggestion) => {
    if (!open || cursor === null) return;
    const rest = value.slice(cursor);
    const close = bare || /^\s*(\}\}|[?!=<>&|+*/%-])/.test(rest) ? '' : ' }}';
    const gap = !bare && value.slice(0, open.from).endsWith('{{') ? ' ' : '';
    const next = value.slice(0, open.from) + gap + suggestion.text + close + rest;
    onChange(next);
    setCursor(null);
    requestAnimationFrame(() => {
      const at = open.from + gap.length + suggestion.text.length;
      field.current?.focus();
      field.current?.setSelectionRange(at, at);
    });
  };
  const onKey = (event: KeyboardEvent) => {
    if (!open) return;
    const count = open.options.length;
    if (event.key === 'ArrowDown') setActive((active + 1) % count);
    else if (event.key === 'ArrowUp') setActive((active + count - 1) % count);
    else if (event.key === 'Enter' || event.key === 'Tab') choose(open.options[Math.min(active, count - 1)]!);
    else if (event.key === 'Escape') setCursor(null);
    else return;
    event.preventDefault();
  };
  const Element = multiline ? 'textarea' : 'input';
  return (
    <div className="relative">
      <Element
        ref={field}
        id={id}
        className={`field font-mono text-sm ${multiline ? 'min-h-[2.4rem] resize-y' : ''}`}
        {...(multiline
          ? { rows: Math.min(6, Math.max(1, value.split('\n').length, Math.ceil(value.length / 42))) }
          : {})}
        role="combobox"
        aria-expanded={open !== null}
        aria-controls={`${id}-options`}
        aria-autocomplete="list"
        aria-activedescendant={open ? `${id}-${active}` : undefined}
        aria-describedby={describedBy}
        spellCheck={false}
        autoComplete="off"
        value={value}
        onKeyDown={onKey}
        onChange={(event) => {
          onChange(event.target.value);
          setCursor(event.target.selectionStart);
          setActive(0);
        }}
        onBlur={() => setCursor(null)}
      />
      <ul
        id={`${id}-options`}
        role="listbox"
        aria-label="What can be read here"
        className={open ? 'card absolute z-20 mt-1 max-h-64 w-full overflow-auto py-1 shadow-pop' : 'hidden'}
      >
        {open?.options.map((option, i) => (
          <li
            key={option.text}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === active}
            onMouseDown={(event) => {
              event.preventDefault();
              choose(option);
            }}
            className={`cursor-pointer px-3 py-1 text-sm ${i === active ? 'bg-sand' : ''}`}
          >
            <code className="break-all">{option.text}</code>
            <span className="ml-2 text-muted">{option.about}</span>
          </li>
        ))}
      </ul>
      <Preview text={value} bare={bare} />
    </div>
  );
}
