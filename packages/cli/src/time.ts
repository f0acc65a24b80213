/** `2026-01-31 09:30:00.123`, in UTC as in the journal. Outside of what a date can be, the milliseconds themselves. */
export function formatTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return `${milliseconds}`;
  return date.toISOString().replace('T', ' ').replace('Z', '');
}
