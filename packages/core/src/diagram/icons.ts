import type { IconName } from './chart.ts';

/** Drawn in a square of 12 by 12. */
export const iconPaths: Readonly<Record<IconName, string>> = {
  entry: 'M1 6h6M4.8 3.6 7.2 6 4.8 8.4M8 1.8h2.8v8.4H8',
  exit: 'M4 1.8H1.2v8.4H4M4.4 6H11M8.6 3.6 11 6 8.6 8.4',
  effect: 'M6.9.8 2.4 6.8h3L4.9 11.2 9.6 5h-3.1z',
  clock: 'M6 1.3a4.7 4.7 0 1 0 0 9.4 4.7 4.7 0 0 0 0-9.4M6 3.4V6l1.9 1.2',
  event: 'M10.4 6A4.4 4.4 0 1 1 8.6 2.4M8.9.6v2.2H6.7',
  always: 'M2.4 3 5.4 6l-3 3M6.4 3l3 3-3 3',
  done: 'M2 6.4 4.8 9.2 10 3.2',
  error: 'M3 3l6 6M9 3 3 9',
  link: 'M4.4 7.6 7.6 4.4M5.6 3.6 7 2.2a2 2 0 0 1 2.8 2.8L8.4 6.4M6.4 8.4 5 9.8A2 2 0 0 1 2.2 7l1.4-1.4',
  data: 'M4.4 2C3 2 3.6 5.6 2 6c1.6.4 1 4 2.4 4M7.6 2C9 2 8.4 5.6 10 6c-1.6.4-1 4-2.4 4',
};
