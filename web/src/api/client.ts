// Calls to the server. Every failure becomes an ApiError whose message can be shown to a person.
import type { Json, Problem } from './types';

export class ApiError extends Error {
  readonly status: number; // 0: the server was not reached
  readonly code: string;
  readonly problems: Problem[];

  constructor(status: number, message: string, code = '', problems: Problem[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.problems = problems;
  }
}

function toError(status: number, body: unknown): ApiError {
  if (typeof body === 'object' && body !== null && 'error' in body) {
    const known = body as { error: unknown; code?: unknown; problems?: Problem[] };
    return new ApiError(status, String(known.error), String(known.code ?? ''), known.problems ?? []);
  }
  return new ApiError(status, `the server answered with status ${status}`);
}

interface Answer<T> {
  body: T;
  next: string | undefined; // the page after this one, of a list
}

async function exchange<T>(
  method: string,
  path: string,
  body?: BodyInit,
  contentType?: string,
  more: Record<string, string> = {},
): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      body: body ?? null,
      headers: { Accept: 'application/json', ...(contentType ? { 'Content-Type': contentType } : {}), ...more },
    });
  } catch {
    throw new ApiError(0, 'The server cannot be reached. Is it running?');
  }
  const text = await response.text();
  let parsed: unknown = null;
  try {
    parsed = text === '' ? null : JSON.parse(text);
  } catch {
    throw new ApiError(response.status, `the server's answer (status ${response.status}) is not JSON`);
  }
  if (!response.ok) throw toError(response.status, parsed);
  const next = /<([^>]*)>;\s*rel="?next"?/.exec(response.headers.get('Link') ?? '')?.[1];
  return { body: parsed as T, next };
}

const send = async <T>(method: string, path: string, body?: BodyInit, contentType?: string) =>
  (await exchange<T>(method, path, body, contentType)).body;

export const get = <T>(path: string) => send<T>('GET', path);
export const getPage = <T>(path: string) => exchange<T>('GET', path);
export const del = (path: string) => send<null>('DELETE', path);
export const post = <T>(path: string, body: unknown = {}) =>
  send<T>('POST', path, JSON.stringify(body), 'application/json');
export const postYaml = <T>(path: string, text: string) => send<T>('POST', path, text, 'application/yaml');
export const put = <T>(path: string, body: unknown, headers?: Record<string, string>) =>
  exchange<T>('PUT', path, JSON.stringify(body), 'application/json', headers).then((answer) => answer.body);

// A path from parts that may hold anything: path`/api/workflows/${name}`.
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((whole, part, i) => whole + part + (i < values.length ? encodeURIComponent(values[i]!) : ''), '');
}

export function query(values: Record<string, string | number | undefined>): string {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)]))}`;
}

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
