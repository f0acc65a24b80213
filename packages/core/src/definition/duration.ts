const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const shape = /^(\d+)(?:\.(\d+))?(ms|s|m|h|d)?$/;

/**
 * A duration in milliseconds, or `undefined` when the value is not one.
 *
 * ```ts
 * parseDuration('30s')  // 30000
 * parseDuration('1.5h') // 5400000
 * parseDuration('30d')  // 2592000000: longer than a 32-bit timer, which is fine
 * parseDuration(250)    // 250; so is '250'
 * parseDuration('soon') // undefined, as are '-5s', 'PT30S' and '1h30m'
 * ```
 *
 * A fraction of a millisecond is rounded up, because a timer must never fire early.
 */
export function parseDuration(value: string | number): number | undefined {
  if (typeof value === 'number') return wholeMilliseconds(value);
  const match = value.length > 40 ? null : shape.exec(value);
  if (match === null) return undefined;
  const [, whole = '', fraction = '', unit = 'ms'] = match;
  // digits first and one division last, because 1.1 * 1000 is not 1100 in binary
  return wholeMilliseconds((Number(whole + fraction) * (units[unit] ?? 1)) / 10 ** fraction.length);
}

function wholeMilliseconds(value: number): number | undefined {
  const milliseconds = Math.ceil(value);
  return value >= 0 && Number.isSafeInteger(milliseconds) ? milliseconds + 0 : undefined;
}

/**
 * Milliseconds in the largest unit that needs no fraction: `formatDuration(5_400_000)` is `"90m"`.
 * `parseDuration` reads it back to the same number.
 */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = units[unit] ?? 1;
    if (milliseconds > 0 && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}

const unitWords = /^(\d+(?:\.\d+)?)(ms|milli|s|sec|m|min|h|hr|hour|d|day)(?:[a-z]*)$/;

/** What was probably meant by a text that is no duration: `"30 seconds"` and `"PT30S"` are `"30s"`. */
export function guessDuration(text: string): string | undefined {
  const plain = text.toLowerCase().replace(/\s+/g, '');
  const [, amount, word = ''] = unitWords.exec(plain.replace(/^pt(?=\d)|^p(?=\d+d$)/, '')) ?? [];
  if (amount === undefined) return undefined;
  const unit = word === 'ms' || word === 'milli' ? 'ms' : word.slice(0, 1);
  return `${amount}${unit}`;
}
