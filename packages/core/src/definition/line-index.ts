/** Line and column, from 1; columns count UTF-16 code units, as editors do. */
export interface Location {
  readonly line: number;
  readonly column: number;
}

/** Offsets to lines and columns: the starts of all lines once, then a binary search. */
export function lineIndex(source: string): (offset: number) => Location {
  const starts = [0];
  for (const match of source.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}
