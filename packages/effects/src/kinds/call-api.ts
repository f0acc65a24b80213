import { FsmError, type Json, type JsonObject } from '@fsm/core';
import { z } from 'zod';
import type { Compile, Compiled } from '../compile.ts';
import { defineEffect, leaf, type Repeat } from '../effect.ts';
import type { HttpClient, HttpResponse } from '../http/client.ts';
import { headerNameProblem, without } from '../http/headers.ts';
import { httpError } from '../http/http-error.ts';
import { isSecretHeader, Redactor, toBase64 } from '../http/redact.ts';
import { parseUrl } from '../http/url.ts';
import { duration, template } from '../parameters.ts';
import type { Step } from '../step.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const secret = z.strictObject({ secret: z.string().min(1).describe('Name of a configured secret.') });

/** Headers that say how an answer travelled: they are not true of what is kept of it. */
const aboutTransport = /^(connection|keep-alive|transfer-encoding|trailer|upgrade|content-encoding|content-length)$/;

/** A text with `{{ }}`, or a reference to a secret that never enters the journal. */
const credential = z.union([z.string().min(1), secret], 'expected a text, or { "secret": name }');

type Credential = z.output<typeof credential>;

const status = z.union(
  [z.int().min(100).max(599), z.string().regex(/^[1-5]xx$/)],
  'expected a status such as 404, or a class of them such as "4xx"',
);

/**
 * The HTTP request as an effect. What an author can rely on:
 *
 * - The address policy of the registry decides where a request may go, for every redirect anew.
 * - Credentials in `auth`, in headers that are known to carry them and in `{ "secret": name }` appear in no error, no
 *   progress report and no journal. Text in `url`, `query`, `headers` and `body` comes from templates as it is: data
 *   from outside belongs into `query` and `body`, where it is encoded, and not into `url`.
 * - Requests that change something carry the idempotency key of the step. It is the same after a crash and in every
 *   attempt of a `retry`; a server that knows it performs the request once.
 */
export const callApi = defineEffect({
  name: 'call_api',
  summary: 'Sends an HTTP request.',
  category: 'basic',
  icon: 'globe',
  output: 'An object with `status`, `headers` and `body`.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    method: z.enum(methods).default('GET').describe('The method.'),
    url: z.string().min(1).describe('Where to, such as "https://api.example/orders/{{ context.id }}".'),
    query: z.record(z.string(), template).optional().describe('Parameters added to the URL; null leaves one out.'),
    headers: z
      .record(z.string(), z.union([template, secret]))
      .optional()
      .describe('Headers: a text, or { "secret": name }; null leaves one out.'),
    body: template.optional().describe('What is sent, as JSON.'),
    text: z.string().optional().describe('What is sent, as text; instead of `body`.'),
    auth: z
      .union([
        z.strictObject({ bearer: credential }),
        z.strictObject({ basic: z.strictObject({ user: credential, password: credential }) }),
      ])
      .optional()
      .describe(
        'Credentials: { "bearer": token } or { "basic": { "user": …, "password": … } }; each a text or { "secret": name }.',
      ),
    response: z
      .enum(['auto', 'json', 'text'])
      .default('auto')
      .describe('How to read the answer: as JSON, as text, or by its content type.'),
    expect: z
      .array(status)
      .min(1)
      .optional()
      .describe('Statuses that count as success, such as [200, 404]; 2xx when not given.'),
    timeout: duration.default('30s').describe('The longest time the request may take, with its redirects.'),
    redirects: z.int().min(0).max(20).default(5).describe('How many redirects are followed.'),
    maxResponse: z
      .int()
      .min(1)
      .optional()
      .describe('The largest answer in bytes, unpacked; as the client allows when not given.'),
    idempotencyKey: z
      .boolean()
      .default(true)
      .describe('Whether the key of the step is sent as Idempotency-Key, except with GET, HEAD and OPTIONS.'),
    repeat: z
      .enum(['idempotent', 'once'])
      .optional()
      .describe(
        'Whether it may be sent again after a crash; "once" for POST and PATCH without key, "idempotent" otherwise.',
      ),
  }),
  examples: [
    {
      title: 'Fetch an order and keep its status',
      effect: {
        type: 'sequence',
        effects: [
          {
            type: 'call_api',
            url: 'https://shop.example/orders/{{ context.order }}',
            auth: { bearer: { secret: 'shop' } },
          },
          { type: 'put_data', path: 'status', value: '{{ result.body.status }}' },
        ],
      },
      context: { order: 7 },
      http: {
        request: async ({ url }) => ({
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: new TextEncoder().encode('{"status":"shipped"}'),
          url,
        }),
        secret: async () => 'a secret',
        connections: () => ({}),
        close: async () => {},
      },
      output: 'shipped',
    },
  ],
  prepare(given, compile) {
    checkConstants(given, compile);
    const { method, response } = given;
    const url = compile.template(given.url, 'url');
    const query = Object.entries(given.query ?? {}).map(
      ([name, value]) => [name, compile.template(value, 'query', name)] as const,
    );
    const headers = Object.entries(given.headers ?? {}).map(
      ([name, value]) => [name, compileCredential(value, compile, 'headers', name)] as const,
    );
    const content = compileContent(given, compile);
    const authorization = compileAuthorization(given.auth, compile);
    const timeout = compile.duration(given.timeout, 'timeout');
    const expected = compileExpected(given.expect);

    return leaf(
      async (step) => {
        const http = compile.http(step);
        const redactor = new Redactor();
        const target = withQuery(parseUrl(textOf(url(step), 'url')), query, step);
        const sent: Record<string, string> = { ...content.headers };
        const put = (name: string, value: string | undefined) => {
          if (value === undefined) return;
          for (const other of Object.keys(sent)) if (other.toLowerCase() === name.toLowerCase()) delete sent[other];
          sent[name] = value;
        };
        const asked = { step, http, origin: target.origin, redactor };
        put('traceparent', step.traceparent);
        for (const [name, value] of headers) put(name, await value(asked, isSecretHeader(name)));
        put('authorization', await authorization?.(asked));
        if (given.idempotencyKey && !isSafe(method)) put('idempotency-key', await headerKey(step.key));
        const body = content.write(step);
        const answer = await http.request({
          method,
          url: target.href,
          headers: sent,
          timeout: timeout(step),
          redirects: given.redirects,
          signal: step.signal,
          redactor,
          now: step.now(),
          expected,
          ...(body === undefined ? undefined : { body }),
          ...(given.maxResponse === undefined ? undefined : { maxResponse: given.maxResponse }),
        });
        step.progress({ method, url: answer.url, status: answer.status });
        return {
          status: answer.status,
          headers: redactor.headers(without(answer.headers, aboutTransport)),
          body: readContent(answer, response, `${method} ${answer.url}`),
        };
      },
      { repeat: repeatOf(given) },
    );
  },
});

interface Given {
  readonly method: (typeof methods)[number];
  readonly url: string;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: Json | undefined;
  readonly text?: string | undefined;
  readonly auth?:
    | { readonly bearer: Credential }
    | { readonly basic: { user: Credential; password: Credential } }
    | undefined;
  readonly idempotencyKey: boolean;
  readonly repeat?: Repeat | undefined;
}

/** Methods that change nothing on the server. */
function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function repeatOf({ method, repeat, idempotencyKey }: Given): Repeat {
  if (repeat !== undefined) return repeat;
  return !idempotencyKey && (method === 'POST' || method === 'PATCH') ? 'once' : 'idempotent';
}

/** What can be known to be wrong before anything runs. */
function checkConstants({ method, url, headers = {}, body, text, auth }: Given, compile: Compile): void {
  const problem = (message: string, hint: string, ...at: string[]) =>
    compile.problem('INVALID_VALUE', message, hint, ...at);
  if (!url.includes('{{')) {
    try {
      parseUrl(url);
    } catch (error) {
      if (!FsmError.is(error)) throw error;
      problem(error.message, error.hint ?? 'Change `url`.', 'url');
    }
  }
  for (const name of Object.keys(headers)) {
    const wrong = headerNameProblem(name);
    if (wrong !== undefined) problem(`This cannot be sent: ${wrong}.`, 'Remove the header.', 'headers', name);
    if (auth !== undefined && name.toLowerCase() === 'authorization') {
      problem('Credentials are given twice.', 'Keep `auth` or the header.', 'headers', name);
    }
  }
  if (body !== undefined && text !== undefined) problem('There are two bodies.', 'Keep `body` or `text`.', 'text');
  if ((body !== undefined || text !== undefined) && (method === 'GET' || method === 'HEAD')) {
    problem(
      `A ${method} request has no body.`,
      'Use `query`, or another method.',
      body === undefined ? 'text' : 'body',
    );
  }
}

interface Asked {
  readonly step: Step;
  readonly http: HttpClient;
  readonly origin: string;
  readonly redactor: Redactor;
}

/** The text of a header; nothing when it is left out. */
type CompiledCredential = (asked: Asked, isSecret: boolean) => Promise<string | undefined>;

function compileCredential(value: Json | Credential, compile: Compile, ...at: string[]): CompiledCredential {
  const reference = secret.safeParse(value);
  if (reference.success) {
    return async ({ step, http, origin, redactor }) => {
      const found = await http.secret({ name: reference.data.secret, tenant: step.tenant, origin });
      redactor.add(found);
      return found;
    };
  }
  const compiled = compile.template(value as Json, ...at);
  return async ({ step, redactor }, isSecret) => {
    const given = compiled(step);
    if (given === null) return undefined;
    const text = textOf(given, at.join('.'));
    if (isSecret) redactor.add(text);
    return text;
  };
}

function compileAuthorization(
  auth: Given['auth'],
  compile: Compile,
): ((asked: Asked) => Promise<string | undefined>) | undefined {
  if (auth === undefined) return undefined;
  if ('bearer' in auth) {
    const bearer = compileCredential(auth.bearer, compile, 'auth', 'bearer');
    return async (asked) => `Bearer ${(await bearer(asked, true)) ?? missing('auth.bearer')}`;
  }
  const user = compileCredential(auth.basic.user, compile, 'auth', 'basic', 'user');
  const password = compileCredential(auth.basic.password, compile, 'auth', 'basic', 'password');
  return async (asked) => {
    const name = (await user(asked, false)) ?? missing('auth.basic.user');
    if (name.includes(':')) {
      throw httpError('HTTP_HEADER', 'A user name cannot hold a colon.', { hint: 'Change `auth.basic.user`.' });
    }
    const pair = `${name}:${(await password(asked, true)) ?? missing('auth.basic.password')}`;
    asked.redactor.add(pair);
    return `Basic ${toBase64(pair)}`;
  };
}

function missing(parameter: string): never {
  throw httpError('HTTP_SECRET', `\`${parameter}\` is null.`, { hint: 'Give a text, or { "secret": name }.' });
}

interface Content {
  readonly headers: Readonly<Record<string, string>>;
  write(step: Step): string | undefined;
}

function compileContent({ body, text }: Given, compile: Compile): Content {
  if (body !== undefined) {
    const compiled = compile.template(body, 'body');
    return {
      headers: { accept: '*/*', 'content-type': 'application/json' },
      write: (step) => JSON.stringify(compiled(step)),
    };
  }
  if (text !== undefined) {
    const compiled = compile.template(text, 'text');
    const headers = { accept: '*/*', 'content-type': 'text/plain; charset=utf-8' };
    return { headers, write: (step) => textOf(compiled(step), 'text') };
  }
  return { headers: { accept: '*/*' }, write: () => undefined };
}

function compileExpected(expect: readonly (number | string)[] = ['2xx']): (status: number) => boolean {
  const texts = new Set(expect.map(String));
  return (status) => texts.has(String(status)) || texts.has(`${Math.floor(status / 100)}xx`);
}

function withQuery(url: URL, query: readonly (readonly [string, Compiled<Json>])[], step: Step): URL {
  for (const [name, compiled] of query) {
    const value = compiled(step);
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== null) url.searchParams.append(name, textOf(item, `query.${name}`));
    }
  }
  return url;
}

function textOf(value: Json | undefined, parameter: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  throw new FsmError('EFFECT_PARAMETERS', `\`${parameter}\` is ${kind}, where a text is needed.`, {
    hint: `Change \`${parameter}\` of the effect.`,
    details: { parameter },
  });
}

/** Headers hold visible ASCII only, and servers take 255 characters: other keys are sent as their SHA-256. */
async function headerKey(key: string): Promise<string> {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readContent({ body, headers }: HttpResponse, wanted: 'auto' | 'json' | 'text', target: string): Json {
  const type = headers['content-type'] ?? '';
  const isJson = wanted === 'json' || (wanted === 'auto' && /^[^;]*[/+]json\s*(;|$)/i.test(type));
  if (wanted !== 'text' && body.length === 0) return null;
  const text = decode(body, isJson ? 'utf-8' : (/charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8'));
  if (!isJson) return text;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw httpError('HTTP_RESPONSE', `The answer is not JSON: ${target}.`, {
      hint: 'Set `response` to "text", or ask the server for JSON with an `accept` header.',
      details: { contentType: type } satisfies JsonObject,
      cause: error,
    });
  }
}

function decode(body: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    // a character set nobody knows
    return new TextDecoder().decode(body);
  }
}
