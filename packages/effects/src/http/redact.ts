/** What stands where a secret was. */
export const redacted = '[redacted]';

const secretHeader =
  /^(proxy-)?authorization$|^(set-)?cookie2?$|api-?key|secret|token|password|credential|signature|session|^x-auth|-auth$/i;

const secretQuery =
  /api[-_]?key|^key$|token|secret|passw|^pwd$|^pass$|signature|^sig$|credential|^auth|session|^code$|^jwt$/i;

/** Whether a header carries credentials, as far as its name tells. */
export function isSecretHeader(name: string): boolean {
  return secretHeader.test(name);
}

/** Whether a parameter in a URL carries credentials, as far as its name tells. */
export function isSecretParameter(name: string): boolean {
  return secretQuery.test(name);
}

/** Removes the secrets of one request from whatever is said about it. */
export class Redactor {
  readonly #secrets = new Set<string>();

  /** Remembers a secret, also in the forms it takes in URLs, in JSON and in basic authentication. */
  add(secret: string): void {
    // a shorter one would be found in every other word
    if (secret.length < 3) return;
    const base64 = toBase64(secret);
    for (const form of [
      secret,
      encodeURIComponent(secret.toWellFormed()),
      JSON.stringify(secret).slice(1, -1),
      base64,
    ]) {
      this.#secrets.add(form);
    }
  }

  /** Remembers what stands in the URL where credentials stand. */
  addFrom(url: URL): void {
    for (const [name, value] of url.searchParams) if (isSecretParameter(name)) this.add(value);
    for (const part of [url.username, url.password]) if (part !== '') this.add(decode(part));
  }

  text(text: string): string {
    let clean = text;
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) {
      clean = clean.replaceAll(secret, redacted);
    }
    return clean;
  }

  /** The URL without user, password and secret parameters. */
  url(url: URL): string {
    const shown = new URL(url);
    shown.username = '';
    shown.password = '';
    for (const name of new Set(shown.searchParams.keys())) {
      if (isSecretParameter(name)) shown.searchParams.set(name, 'redacted');
    }
    return this.text(shown.href);
  }

  /** Headers of a response as they may be kept. */
  headers(headers: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, isSecretHeader(name) ? redacted : this.text(value)]),
    );
  }
}

/** The text in UTF-8, as base64. */
export function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
