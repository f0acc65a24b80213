import { parseDuration } from '../definition/duration.ts';
import type { Path } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import { expressionOf } from './import-expression.ts';
import { type ImportScope, own } from './import-scope.ts';

interface SourceDelay {
  readonly duration: number | string;
  readonly certainty: 'known' | 'guessed' | 'unknown';
}

/** A delay as XState reads it: a number of milliseconds, or a name; version 6 has ISO 8601 durations, too. */
export function parseSourceDelay(scope: ImportScope, delay: number | string): SourceDelay {
  if (typeof delay === 'number') return { duration: delay, certainty: 'known' };
  const meaning = own(scope.meanings.delays, delay);
  if (meaning !== undefined) return { duration: meaning, certainty: 'known' };
  const number = delay.trim() === '' ? Number.NaN : Number(delay);
  if (!Number.isNaN(number)) return { duration: number, certainty: 'known' };
  const iso = isoMilliseconds(delay);
  if (iso !== undefined) return { duration: iso, certainty: 'known' };
  if (parseDuration(delay) !== undefined) return { duration: delay, certainty: 'guessed' };
  // no expression starts from `delays`, so the machine does not compile until somebody says how long it is
  const isIdentifier = /^[A-Za-z_$][\w$]*$/.test(delay);
  return { duration: isIdentifier ? `delays.${delay}` : `delays[${JSON.stringify(delay)}]`, certainty: 'unknown' };
}

/** The delay here, reporting what is not certain. `undefined` when it is none at all. */
export function delayOf(scope: ImportScope, delay: unknown, place: Path): number | string | undefined {
  const { problems } = scope;
  if (typeof delay === 'function') {
    problems.error('DELAY_UNKNOWN', place, 'The delay is a function.', 'Write milliseconds, "30s", or an expression.');
    return `delays[${JSON.stringify(delay.name === '' ? 'unnamed' : delay.name)}]`;
  }
  if (isPlainObject(delay)) return expressionOf(scope, delay, place, 'a delay') ?? 'delays.unnamed';
  if (typeof delay !== 'number' && typeof delay !== 'string') return undefined;
  const { duration, certainty } = parseSourceDelay(scope, delay);
  if (certainty === 'guessed') {
    const message = `\`${delay}\` is read as a duration; XState looks it up among its named delays.`;
    problems.warning('DELAY_GUESSED', place, message, `Give its meaning: \`delays: { "${delay}": … }\`.`);
  } else if (certainty === 'unknown') {
    problems.error(
      'DELAY_UNKNOWN',
      place,
      `Nothing says how long \`${delay}\` is.`,
      `Import with \`delays: { ${JSON.stringify(delay)}: "30s" }\`, or replace \`${duration}\`.`,
    );
  }
  return duration;
}

const isoDuration =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

function isoMilliseconds(text: string): number | undefined {
  const parts = text.length > 60 ? null : isoDuration.exec(text)?.slice(1);
  if (parts === null || parts === undefined || parts.every((part) => part === undefined)) return undefined;
  const units = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000];
  return Math.ceil(parts.reduce((sum, part, index) => sum + Number(part ?? 0) * units[index]!, 0));
}
