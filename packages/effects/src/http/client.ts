import type { FsmError } from '@fsm/core';
import type { Dispatcher } from 'undici';
import { type AddressPolicy, type AddressRules, createAddressPolicy } from './address-policy.ts';
import { acceptedEncodings, acrossOrigins, checkedHeaders, plainHeaders, without } from './headers.ts';
import { httpError, networkError } from './http-error.ts';
import { Redactor } from './redact.ts';
import { retryAfter } from './retry-after.ts';
import type { Resolve, Transport } from './transport.ts';
import { parseUrl, portOf } from './url.ts';

/** Where secrets come from: a table by name, or a function that may also look at who asks and where it would go. */
export type SecretSource =
  | { readonly [name: string]: string }
  | ((asked: SecretRequest) => string | undefined | Promise<string | undefined>);

export interface SecretRequest {
  readonly name: string;
  readonly tenant: string;
  /** Where it would be sent: `https://api.example`. */
  readonly origin: string;
}

/** Times in milliseconds, sizes in bytes. */
export interface HttpClientOptions extends AddressRules {
  /** For a whole request with its redirects; 30 s. */
  readonly timeout?: number;
  /** Until a connection is made; 10 s. */
  readonly connectTimeout?: number;
  /** Until the server begins to answer; 30 s. */
  readonly headersTimeout?: number;
  /** The longest silence in the middle of an answer; 30 s. */
  readonly bodyTimeout?: number;
  /** How long an idle connection stays open; 10 s. */
  readonly keepAlive?: number;
  /** Connections to one origin; 16. Further requests wait. */
  readonly connections?: number;
  /** Origins to which connections are kept; 64. */
  readonly origins?: number;
  /** Largest body of a request; 1 MB. */
  readonly maxRequest?: number;
  /** Largest body of a response, unpacked; 256 KB, which is what the result of an effect may have. */
  readonly maxResponse?: number;
  readonly secrets?: SecretSource;
  /** Finds the addresses of a name; the one of the operating system when not given. */
  readonly resolve?: Resolve;
  /** Sends the requests instead, for tests. The address policy then sees URLs only, not addresses. */
  readonly dispatcher?: Dispatcher;
  /** Calls back after a time and gives what cancels that; the timers of the platform when not given. */
  readonly setTimer?: (milliseconds: number, callback: () => void) => () => void;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Bytes; not more than the client allows. */
  readonly maxResponse?: number;
  /** How many are followed; 5. */
  readonly redirects?: number;
  readonly signal?: AbortSignal;
  /** Which statuses are a success; 200 to 299 when not given. */
  expected?(status: number): boolean;
  /** Knows the secrets in the request. */
  readonly redactor?: Redactor;
  /** For `Retry-After`. */
  readonly now?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Where the answer came from in the end, without secrets. */
  readonly url: string;
}

/** Sends HTTP requests for effects. One serves all executions of a registry. */
export interface HttpClient {
  /** Throws the codes of `HttpErrorCode`, or the reason of the signal. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Throws HTTP_SECRET; HTTP_BLOCKED where it may not be sent anyway. */
  secret(asked: SecretRequest): Promise<string>;
  /** Connections that are open, by origin. */
  connections(): Readonly<Record<string, number>>;
  /** Breaks off what is in flight. Later requests fail with HTTP_CLOSED. */
  close(): Promise<void>;
}

const defaults = {
  timeout: 30_000,
  connectTimeout: 10_000,
  headersTimeout: 30_000,
  bodyTimeout: 30_000,
  keepAlive: 10_000,
  connections: 16,
  origins: 64,
  maxRequest: 1024 * 1024,
  maxResponse: 256 * 1024,
};

/** How much of an unexpected response an error shows, in characters. */
const excerptLimit = 2_048;

/**
 * Makes a client with a pool of connections, limits and an address policy.
 *
 * C1  Every hop of a redirect is a request of its own to the address policy. Going to another origin drops every header
 *     but those that describe the content; going from https to http is refused.
 * C2  Nothing secret is in an error: no credentials of headers, of URLs or from `secrets`, also when a server repeats them.
 * C3  An aborted request closes its connection at once. One that ended leaves it open for the next.
 * C4  Nothing is unbounded: times, sizes before and after unpacking, redirects, connections, origins.
 *
 * ```ts
 * const http = createHttpClient({ allow: ['localhost:8080'], secrets: { shop: process.env.SHOP_TOKEN ?? '' } });
 * createRegistry({ http });
 * ```
 *
 * @throws FsmError HTTP_RULE when an address rule cannot be read
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  return new PooledClient(options);
}

class PooledClient implements HttpClient {
  readonly #options: HttpClientOptions & typeof defaults;
  readonly #policy: AddressPolicy;
  #loading: Promise<Transport> | undefined;
  #transport: Transport | undefined;
  #closed = false;

  constructor(options: HttpClientOptions) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    this.#options = { ...defaults, ...given };
    this.#policy = createAddressPolicy(options);
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    const { signal, timeout = this.#options.timeout } = request;
    if (this.#closed) throw closed();
    signal?.throwIfAborted();
    const controller = new AbortController();
    const aborted = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
    });
    const stop = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    const { setTimer = systemTimer } = this.#options;
    const cancelTimer = setTimer(timeout, () => {
      const error = httpError('HTTP_TIMEOUT', `${request.method} took longer than ${timeout} ms.`, {
        next: 'retry',
        hint: 'Raise `timeout`, or ask for less.',
        details: { timeout },
      });
      controller.abort(error);
    });
    try {
      // whoever waits need not wait for a name server that does not answer
      return await Promise.race([this.#follow(request, controller.signal), aborted]);
    } finally {
      cancelTimer();
      signal?.removeEventListener('abort', stop);
    }
  }

  async secret(asked: SecretRequest): Promise<string> {
    const { secrets = {} } = this.#options;
    const target = new URL(asked.origin);
    this.#policy.checkHost(target.hostname, portOf(target));
    const value =
      typeof secrets === 'function'
        ? await secrets(asked)
        : Object.hasOwn(secrets, asked.name)
          ? secrets[asked.name]
          : '';
    if (typeof value === 'string' && value !== '') return value;
    throw httpError('HTTP_SECRET', `There is no secret \`${asked.name}\` for ${asked.origin}.`, {
      hint: 'Configure it: createRegistry({ http: { secrets: { … } } }).',
      details: { asked: asked.name },
    });
  }

  connections(): Readonly<Record<string, number>> {
    return this.#transport?.connections() ?? {};
  }

  async close(): Promise<void> {
    this.#closed = true;
    const transport = await this.#loading;
    await transport?.close();
  }

  async #follow(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { redirects = 5, redactor = new Redactor() } = request;
    const expected = request.expected ?? ((status) => status >= 200 && status < 300);
    let hop: Hop = {
      method: request.method,
      url: parseUrl(request.url),
      headers: { ...checkedHeaders(request.headers ?? {}), 'accept-encoding': acceptedEncodings },
      body: this.#bounded(request.body),
    };
    for (let left = redirects; ; left -= 1) {
      redactor.addFrom(hop.url);
      const target = `${hop.method} ${redactor.url(hop.url)}`;
      let response: Dispatcher.ResponseData;
      try {
        response = await this.#send(hop, signal);
      } catch (error) {
        throw signal.aborted ? signal.reason : networkError(error, target);
      }
      const { statusCode: status, body } = response;
      const headers = plainHeaders(response.headers);
      const { location } = headers;
      const redirected = location !== undefined && [301, 302, 303, 307, 308].includes(status);
      try {
        if (redirected && redirects > 0 && request.expected?.(status) !== true) {
          await body.dump({ limit: 16 * 1024, signal });
          if (left === 0) {
            throw httpError('HTTP_REDIRECT', `There were more than ${redirects} redirects: ${target}.`);
          }
          hop = nextHop(hop, status, location, redactor);
          continue;
        }
        if (!expected(status)) throw await unexpected(response, headers, target, redactor, request.now);
        return { status, headers, body: await this.#read(request, response, headers), url: redactor.url(hop.url) };
      } catch (error) {
        throw signal.aborted ? signal.reason : networkError(error, target);
      }
    }
  }

  async #send({ method, url, headers, body }: Hop, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    this.#policy.checkHost(url.hostname, portOf(url));
    const dispatcher = this.#options.dispatcher ?? (await this.#ready()).dispatcher(url);
    const { headersTimeout, bodyTimeout } = this.#options;
    const path = `${url.pathname}${url.search}`;
    signal.throwIfAborted();
    return dispatcher.request({
      origin: url.origin,
      path,
      method,
      headers,
      signal,
      headersTimeout,
      bodyTimeout,
      ...(body === undefined ? undefined : { body }),
    });
  }

  async #read(
    request: HttpRequest,
    { body }: Dispatcher.ResponseData,
    headers: Record<string, string>,
  ): Promise<Uint8Array> {
    const limit = Math.min(request.maxResponse ?? this.#options.maxResponse, this.#options.maxResponse);
    if (request.method === 'HEAD') {
      await body.dump();
      return new Uint8Array(0);
    }
    const { readBody } = await import('./body.ts');
    return readBody(body, headers['content-encoding'] ?? '', headers['content-length'], limit);
  }

  /** The HTTP library is loaded by the first request: whoever only checks definitions does without. */
  async #ready(): Promise<Transport> {
    this.#loading ??= import('./transport.ts').then(({ Transport }) => {
      const { resolve, ...options } = this.#options;
      this.#transport = new Transport({ ...options, policy: this.#policy, resolve });
      return this.#transport;
    });
    const transport = await this.#loading;
    if (this.#closed) throw closed();
    return transport;
  }

  #bounded(body: string | undefined): string | undefined {
    const { maxRequest } = this.#options;
    if (body === undefined || new TextEncoder().encode(body).length <= maxRequest) return body;
    throw httpError('HTTP_TOO_LARGE', `The request is larger than ${maxRequest} bytes.`, {
      hint: 'Send less, or raise `maxRequest` of the HTTP client.',
      details: { limit: maxRequest },
    });
  }
}

/** One request of a chain of redirects. */
interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What a browser would do, with less trust. */
function nextHop({ method, url, headers, body }: Hop, status: number, location: string, redactor: Redactor): Hop {
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(location) || /[\s\\]/.test(location);
  const next = parseUrl(absolute || !URL.canParse(location, url.href) ? location : new URL(location, url).href);
  redactor.addFrom(next);
  if (url.protocol === 'https:' && next.protocol === 'http:') {
    throw httpError('HTTP_REDIRECT', `The redirect leaves the encrypted connection: ${redactor.url(next)}.`);
  }
  const asGet = status === 303 ? method !== 'HEAD' : (status === 301 || status === 302) && method === 'POST';
  const kept = next.origin === url.origin ? headers : acrossOrigins(headers);
  const same = { ...kept, 'accept-encoding': acceptedEncodings };
  if (!asGet) return { method, url: next, headers: same, body };
  return { method: 'GET', url: next, headers: without(same, /^(content-.*|idempotency-key)$/), body: undefined };
}

async function unexpected(
  { statusCode: status, body }: Dispatcher.ResponseData,
  headers: Record<string, string>,
  target: string,
  redactor: Redactor,
  now = Date.now(),
): Promise<FsmError> {
  const again = [408, 425, 429].includes(status) || status >= 500;
  const wait = retryAfter(headers['retry-after'], headers.date, now);
  let excerpt: string | undefined;
  try {
    const { readExcerpt } = await import('./body.ts');
    // more than is shown, so that a secret at the border is still recognised
    const bytes = await readExcerpt(body, headers['content-encoding'] ?? '', 4 * excerptLimit);
    excerpt = redactor.text(new TextDecoder().decode(bytes)).slice(0, excerptLimit);
  } catch {
    // the status says enough
  }
  return httpError('HTTP_STATUS', `The server answered with ${status}: ${target}.`, {
    next: again ? 'retry' : 'reject',
    details: {
      status,
      ...(excerpt === undefined || excerpt === '' ? undefined : { body: excerpt }),
      ...(wait === undefined || !again ? undefined : { retryAfter: wait }),
    },
  });
}

function closed(): FsmError {
  return httpError('HTTP_CLOSED', 'The HTTP client was closed.', { next: 'retry', hint: 'Open the runtime again.' });
}

function systemTimer(milliseconds: number, callback: () => void): () => void {
  // a longer time overflows the timers of the platform and would be up at once
  const timer = setTimeout(callback, Math.min(milliseconds, 2 ** 31 - 1));
  return () => clearTimeout(timer);
}
