import { FsmError } from '@fsm/core';
import { httpError } from './http-error.ts';

export type Headers = Readonly<Record<string, string>>;

/** What may be asked for; an answer in anything else is an error. */
export const acceptedEncodings = 'gzip, deflate, br';

/** What the client writes itself: set by others, these would change where a request ends or who answers it. */
const reserved =
  /^(host|connection|content-length|transfer-encoding|upgrade|keep-alive|te|trailer|expect|accept-encoding|proxy-.*)$/i;

/** Why a header may not be set by a definition, when it may not. */
export function headerNameProblem(name: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return `\`${JSON.stringify(name)}\` is not the name of a header`;
  if (reserved.test(name)) return `the header \`${name}\` is written by the HTTP client`;
  return undefined;
}

/**
 * Checks headers before they are sent. A line break in a value would start a header of its own.
 *
 * @throws FsmError HTTP_HEADER
 */
export function checkedHeaders(headers: Headers): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const problem = headerNameProblem(name);
    if (problem !== undefined) throw httpError('HTTP_HEADER', `The request cannot be sent: ${problem}.`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    if (/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/.test(value)) {
      throw httpError('HTTP_HEADER', `The value of the header \`${name}\` holds characters that headers cannot.`, {
        hint: 'Remove line breaks and control characters; encode other alphabets.',
        details: { name },
      });
    }
    const lower = name.toLowerCase();
    if (lower in checked) throw new FsmError('HTTP_HEADER', `The header \`${name}\` is given twice.`);
    checked[lower] = value;
  }
  return checked;
}

/** What goes along to another origin: nothing that says who asks. */
export function acrossOrigins(headers: Headers): Record<string, string> {
  return only(headers, /^(accept|accept-language|content-type|content-language|user-agent)$/);
}

export function without(headers: Headers, pattern: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !pattern.test(name)));
}

function only(headers: Headers, pattern: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => pattern.test(name)));
}

/** The headers of a response, one text for each name. */
export function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name === '__proto__' || name === 'constructor' || name === 'prototype') continue;
    plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}
