import { httpError } from './http-error.ts';

/**
 * Reads a URL strictly. Parsers disagree about spellings such as `http://0x7f.1/`, `http:/host`, `http://a\@b/` and
 * `http://1②7.0.0.1/`; somebody who writes one wants to be read differently by a filter than by whoever connects. So what
 * the parser makes of the host must be what was written, apart from letters of other alphabets and upper case.
 *
 * @throws FsmError HTTP_URL when it is none, HTTP_BLOCKED when it hides where it leads
 */
export function parseUrl(text: string): URL {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u0020\u007f\\]/.test(text)) throw blocked(text, 'holds spaces, control characters or backslashes');
  const [, scheme] = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text) ?? [];
  if (scheme === undefined) throw unreadable(text, 'has no scheme');
  if (!/^https?$/i.test(scheme))
    throw blocked(text, `has the scheme \`${scheme.toLowerCase()}\``, 'Use https or http.');
  const [, authority] = /^https?:\/\/([^/?#]+)/i.exec(text) ?? [];
  if (authority === undefined) throw blocked(text, 'has no host where it is expected');
  if (authority.includes('@')) {
    throw blocked(text, 'holds a user name', 'Give it in `auth`: { "basic": { "user": …, "password": … } }.');
  }
  if (!URL.canParse(text)) throw unreadable(text, 'cannot be read');
  const url = new URL(text);
  if (!sameHost(authority, url)) throw blocked(text, 'writes its host in an unusual way', `Write \`${url.host}\`.`);
  url.hash = '';
  return url;
}

/** The port that is connected to. */
export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function sameHost(authority: string, { hostname, port, protocol }: URL): boolean {
  const [, written = '', digits] = /^(.*?)(?::(\d*))?$/.exec(authority) ?? [];
  const expected = portOf({ port, protocol } as URL);
  if (digits !== undefined && digits !== String(expected)) return false;
  if (hostname.startsWith('[')) return written.startsWith('[');
  if (written.toLowerCase() === hostname) return true;
  // other alphabets become `xn--…`; whatever else the parser changes is a disguise
  return hostname.split('.').some((label) => label.startsWith('xn--')) && !written.includes('%');
}

function unreadable(text: string, why: string) {
  const hint = 'Write the whole URL: "https://api.example/orders?limit=10".';
  return httpError('HTTP_URL', `The URL ${why}: \`${shown(text)}\`.`, { hint });
}

function blocked(text: string, why: string, hint = 'Write it plainly: "https://api.example/orders?limit=10".') {
  return httpError('HTTP_BLOCKED', `The URL ${why}: \`${shown(text)}\`.`, { hint });
}

/** A text that is no URL may hold credentials all the same. */
function shown(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 199)}…` : text;
  return short.replace(/:[^?#]*@/, ':[redacted]@').replace(/[?#].*$/s, '?[redacted]');
}
