/**
 * The candidate that was probably meant, or `undefined` when none is near: for "did you mean". Of several equally near
 * ones the first wins, so the answer does not depend on anything but its arguments.
 *
 * ```ts
 * suggest('aproved', ['declined', 'approved']) // 'approved'
 * ```
 */
export function suggest(asked: string, candidates: Iterable<string>): string | undefined {
  if (asked.length > longestName) return undefined;
  // of one or two characters everything is near
  const limit = Math.min(3, Math.floor(asked.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 0.75;
  for (const candidate of candidates) {
    const distance = distanceBetween(asked, candidate, limit);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function distanceBetween(asked: string, candidate: string, limit: number): number {
  // upper and lower case mixed up is nearer than any misspelling, and a name that is cut short as near as one letter
  if (candidate.toLowerCase() === asked.toLowerCase()) return 0.5;
  const shorter = Math.min(asked.length, candidate.length);
  if (shorter >= 3 && asked.slice(0, shorter) === candidate.slice(0, shorter)) return 1;
  return Math.abs(asked.length - candidate.length) > limit
    ? Number.POSITIVE_INFINITY
    : editDistance(asked, candidate, limit);
}

const longestName = 64;

/**
 * How many characters must be inserted, removed, replaced or swapped with their neighbour; more than `limit` counts as
 * infinite.
 *
 * @see https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance (optimal string alignment)
 */
function editDistance(from: string, to: string, limit: number): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replace = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      let cost = Math.min(replace, previous[column]! + 1, current[column - 1]! + 1);
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, beforePrevious[column - 2]! + 1);
      }
      current.push(cost);
    }
    if (Math.min(...current) > limit) return Number.POSITIVE_INFINITY;
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length]!;
}

/** "`a`, `b`, `c` and 4 more": what exists, for the hint of a failed look-up. */
export function listNames(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).map((name) => `\`${name}\``);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
