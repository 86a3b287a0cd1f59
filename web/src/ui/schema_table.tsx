// A JSON Schema as a table for people: fields, what they hold, what they mean. The schema itself stays a click away.
import { isObject } from '../api/client';
import type { Json, JsonObject } from '../api/types';
import { JsonView } from './json_view';

const kMaxDepth = 4;
const kMaxRows = 200;

export interface SchemaRow {
  name: string;
  depth: number;
  type: string;
  required: boolean;
  about: string;
}

function typeOf(schema: JsonObject): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const type = Array.isArray(schema.type)
    ? schema.type.join(' or ')
    : typeof schema.type === 'string'
      ? schema.type
      : '';
  if (type === 'array' && isObject(schema.items)) return `list of ${typeOf(schema.items)}`;
  if (type === '') return isObject(schema.properties) ? 'object' : 'anything';
  const range = [
    schema.minimum !== undefined ? `from ${String(schema.minimum)}` : '',
    schema.maximum !== undefined ? `up to ${String(schema.maximum)}` : '',
    schema.maxLength !== undefined ? `at most ${String(schema.maxLength)} characters` : '',
  ].filter(Boolean);
  return [type, ...range].join(', ');
}

export function schemaRows(schema: Json, depth = 0): SchemaRow[] {
  if (!isObject(schema) || depth >= kMaxDepth) return [];
  const inner = isObject(schema.items) && !isObject(schema.properties) ? schema.items : schema;
  if (!isObject(inner.properties)) return [];
  const required = Array.isArray(inner.required) ? inner.required : [];
  return Object.entries(inner.properties)
    .flatMap(([name, member]) => {
      if (!isObject(member)) return [];
      const about = [
        typeof member.description === 'string' ? member.description : '',
        member.default !== undefined ? `Default: ${JSON.stringify(member.default)}.` : '',
      ].filter(Boolean);
      return [
        { name, depth, type: typeOf(member), required: required.includes(name), about: about.join(' ') },
        ...schemaRows(member, depth + 1),
      ];
    })
    .slice(0, kMaxRows);
}

// In a narrow place what a field holds stands above what it means.
export function SchemaTable({ schema, empty, narrow }: { schema: Json; empty: string; narrow?: boolean }) {
  const [beside, above] = narrow ? ['hidden', 'block'] : ['hidden sm:table-cell', 'block sm:hidden'];
  const rows = schemaRows(schema);
  return (
    <>
      {rows.length === 0 ? (
        <p className="text-sm text-muted">{empty}</p>
      ) : (
        <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Fields">
          <table className="w-full text-sm">
            <thead>
              <tr className="table-head">
                <th className="py-1.5 pr-4 font-medium">Field</th>
                <th className={`py-1.5 pr-4 font-medium ${beside}`}>Holds</th>
                <th className="py-1.5 font-medium">Meaning</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={i} className="border-b border-line align-top last:border-0">
                  <td
                    className="whitespace-nowrap py-1.5 pr-4 font-mono"
                    style={{ paddingLeft: `${row.depth * 1.25}rem` }}
                  >
                    {row.name}
                    {row.required && (
                      <span className="text-danger" title="required">
                        {' *'}
                        <span className="sr-only">required</span>
                      </span>
                    )}
                  </td>
                  <td className={`py-1.5 pr-4 text-muted ${beside}`}>{row.type}</td>
                  <td className="break-words py-1.5">
                    <span className={`text-muted ${above}`}>{row.type}</span>
                    {row.about}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <details className="mt-2">
        <summary className="cursor-pointer py-1 text-sm text-muted">As JSON Schema</summary>
        <JsonView value={schema} />
      </details>
    </>
  );
}
