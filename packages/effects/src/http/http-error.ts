import { FsmError, type FsmErrorOptions } from '@fsm/core';

/** Codes of everything that goes wrong with a request, apart from problems of the definition. */
export type HttpErrorCode =
  /** The URL is none, or is written in a way that hides where it leads. */
  | 'HTTP_URL'
  /** The address policy refuses the address. */
  | 'HTTP_BLOCKED'
  /** No address was found for the name, nobody listens there, or the connection broke. */
  | 'HTTP_CONNECT'
  /** The certificate or the encryption of the other side is not acceptable. */
  | 'HTTP_TLS'
  | 'HTTP_TIMEOUT'
  /** The request or the response is larger than allowed. */
  | 'HTTP_TOO_LARGE'
  | 'HTTP_REDIRECT'
  /** The status is not an expected one. */
  | 'HTTP_STATUS'
  /** The response is not what was asked for: no JSON, no HTTP, an unknown encoding. */
  | 'HTTP_RESPONSE'
  /** A header cannot be sent. */
  | 'HTTP_HEADER'
  | 'HTTP_SECRET'
  /** The client was closed. */
  | 'HTTP_CLOSED';

export function httpError(code: HttpErrorCode, message: string, options: FsmErrorOptions = {}): FsmError {
  return new FsmError(code, message, options);
}

/** Codes of errors of sockets and of the HTTP library, by what they mean. */
const meanings: readonly (readonly [RegExp, HttpErrorCode, string])[] = [
  [/^UND_ERR_CONNECT_TIMEOUT$|^ETIMEDOUT$/, 'HTTP_TIMEOUT', 'No connection was made in time'],
  [/^UND_ERR_HEADERS_TIMEOUT$/, 'HTTP_TIMEOUT', 'The server did not begin to answer in time'],
  [/^UND_ERR_BODY_TIMEOUT$/, 'HTTP_TIMEOUT', 'The server stopped sending in the middle of its answer'],
  [/^UND_ERR_HEADERS_OVERFLOW$|^HPE_HEADER_OVERFLOW$/, 'HTTP_TOO_LARGE', 'The headers of the response are too large'],
  [
    /^(ERR_(TLS|SSL)_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CRL_|HOSTNAME_MISMATCH|EPROTO)/,
    'HTTP_TLS',
    'The connection could not be secured',
  ],
  [/^ERR_INVALID_(CERT|CA)/, 'HTTP_TLS', 'The connection could not be secured'],
  [/^HPE_|^UND_ERR_RES_CONTENT_LENGTH_MISMATCH$/, 'HTTP_RESPONSE', 'The server did not answer in HTTP'],
  [/^UND_ERR_(CLOSED|DESTROYED)$/, 'HTTP_CLOSED', 'The HTTP client was closed'],
  [/^UND_ERR_INVALID_ARG$|^UND_ERR_NOT_SUPPORTED$/, 'HTTP_HEADER', 'The request cannot be sent'],
];

/** Whether the same request may succeed later: not when the request or the other side's set-up is wrong. */
const retried: ReadonlySet<HttpErrorCode> = new Set(['HTTP_CONNECT', 'HTTP_TIMEOUT', 'HTTP_CLOSED', 'HTTP_RESPONSE']);

/** The coded error for what the network threw; `target` is the method and the redacted URL. */
export function networkError(error: unknown, target: string): FsmError {
  const own = findCoded(error);
  if (own !== undefined) return own;
  const name = codeOf(error);
  const meaning = meanings.find(([pattern]) => pattern.test(name));
  const code = meaning?.[1] ?? 'HTTP_CONNECT';
  const what = meaning?.[2] ?? 'No answer came';
  const reason = name === '' ? '' : ` (${name})`;
  return httpError(code, `${what}${reason}: ${target}.`, {
    next: retried.has(code) ? 'retry' : 'reject',
    details: { reason: name },
    cause: error,
  });
}

/** An error of ours that comes back through the HTTP library, such as the refusal of an address. */
function findCoded(error: unknown): FsmError | undefined {
  if (FsmError.is(error)) return error;
  if (error instanceof AggregateError) return error.errors.map(findCoded).find((found) => found !== undefined);
  return error instanceof Error && error.cause !== undefined ? findCoded(error.cause) : undefined;
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (typeof error !== 'object' || error === null) return '';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // what is no HTTP at all has a name only
  if (code === '' && 'name' in error && error.name === 'HTTPParserError') return 'HPE_INVALID';
  // the library wraps what a socket said
  if ((code === '' || code === 'UND_ERR_SOCKET') && 'cause' in error) return codeOf(error.cause) || code;
  return code;
}
