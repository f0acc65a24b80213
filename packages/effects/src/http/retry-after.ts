/** The longest wait a server may ask for: a day. */
const longest = 24 * 60 * 60 * 1_000;

/**
 * How long a server asks to wait, in milliseconds: seconds, or a date on its own clock.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function retryAfter(value: string | undefined, date: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text) * 1_000, longest);
  // anything but a date in the form of HTTP, because parsers of dates take a lot for one
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const due = Date.parse(text);
  const its = Date.parse(date ?? '');
  if (Number.isNaN(due)) return undefined;
  return Math.min(Math.max(due - (Number.isNaN(its) ? now : its), 0), longest);
}
