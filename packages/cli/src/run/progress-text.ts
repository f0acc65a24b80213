import { formatCount } from '../format-count.ts';

export interface Progress {
  /** How much of the log was read, from 0 to 1; absent when its size is not known. */
  readonly share: number | undefined;
  readonly events: number;
  readonly milliseconds: number;
}

const barWidth = 24;

/** The line that a terminal shows while a log is applied, no longer than `columns`. */
export function describeProgress({ share, events, milliseconds }: Progress, columns: number): string {
  const rate = milliseconds > 0 ? Math.round((1000 * events) / milliseconds) : 0;
  const figures = `${formatCount(events)} events  ${formatCount(rate)}/s`;
  if (share === undefined) return figures.slice(0, columns);
  const filled = Math.round(Math.min(share, 1) * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  const percent = `${Math.floor(Math.min(share, 1) * 100)}`.padStart(3);
  const left =
    share > 0.02 && share < 1 ? `  ${describeSeconds((milliseconds * (1 - share)) / share / 1000)} left` : '';
  return `${bar} ${percent} %  ${figures}${left}`.slice(0, columns);
}

function describeSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
