/** 12,345: the same for everybody, wherever it runs. */
export function formatCount(number: number): string {
  return number.toLocaleString('en-US');
}
