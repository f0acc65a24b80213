import type { Json, MachineEvent } from '@fsm/core';
import type { LogLevel } from '@fsm/effects';
import { z } from 'zod';
import { definePlugin, type Plugin } from './plugin.ts';
import { redact, secretKeys } from './redact.ts';
import type { Report } from './report.ts';

/** One line of a log, as plain JSON. */
export interface LogLine {
  readonly level: LogLevel;
  /** ISO time of the journal line. */
  readonly time: string;
  readonly tenant: string;
  readonly machine: string;
  readonly instance: string;
  readonly sequence: number;
  /** It may have been logged before, by a process that ended too soon. */
  readonly again?: true;
  /** What happened: a sentence for people. */
  readonly message: string;
  /** Type of the event that caused it. */
  readonly event?: string;
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly data?: Json;
  readonly error?: Json;
}

export interface LoggerOptions {
  /** Gets each line; lines of JSON on standard error when not given. */
  readonly sink?: (line: LogLine) => void | Promise<void>;
}

const levels = ['debug', 'info', 'warn', 'error'] as const;

const options = z.strictObject({
  level: z.enum(levels).default('info').describe('The least important level that is logged.'),
  data: z.boolean().default(false).describe('Whether the data of events and the output of effects are logged.'),
  redact: z
    .array(z.string().min(1))
    .default([])
    .describe('Keys whose values are hidden at any depth, besides passwords, tokens, codes and their like.'),
});

/**
 * The plugin Logger: a structured line for what happens to an instance. Transitions, creations and ends are `info`, ignored
 * events and effects `debug`, failures `error`.
 *
 * ```ts
 * await openRuntime({ plugins: [loggerPlugin({ sink: (line) => pino.info(line) })] });
 * // in the machine: "plugins": [{ "use": "Logger", "with": { "level": "debug", "data": true, "redact": ["iban"] } }]
 * ```
 */
export function loggerPlugin({ sink = toStandardError }: LoggerOptions = {}): Plugin<typeof options> {
  return definePlugin({
    name: 'Logger',
    description: 'Writes a structured line for each thing that happens to an instance.',
    options,
    hooks({ level: least, data: withData, redact: keys }) {
      const hidden = [...secretKeys, ...keys];
      const log = (level: LogLevel, report: Report, message: string, more: Partial<LogLine> = {}) => {
        if (levels.indexOf(level) < levels.indexOf(least)) return;
        const { tenant, machine, instance, sequence, at, again } = report;
        const { data, ...rest } = more;
        return sink({
          level,
          time: new Date(at).toISOString(),
          tenant,
          machine: machine.id,
          instance,
          sequence,
          ...(again ? { again } : undefined),
          message,
          ...rest,
          ...(withData && data !== undefined ? { data: redact(data, hidden) } : undefined),
        });
      };
      return {
        created: (report) => log('info', report, `created in ${named(report.to)}`, { to: report.to }),
        ignored: (report) =>
          log('debug', report, `${report.event.type} ignored in ${named(report.from)}`, caused(report)),
        transition: (report) =>
          log('info', report, moveOf(report), { ...caused(report), from: report.from, to: report.to }),
        effectStarted: (report) =>
          log('debug', report, `effect ${report.effect.invocation} (${report.effect.kind}) started`),
        effectEnded: (report) => {
          const { invocation, outcome, output, error } = report.effect;
          return log(outcome === 'failed' ? 'warn' : 'debug', report, `effect ${invocation} ${outcome}`, {
            ...(output === undefined ? undefined : { data: output }),
            ...(error === undefined ? undefined : { error: { ...error } as Json }),
          });
        },
        failed: (report) =>
          log('error', report, `failed: ${report.error.message}`, {
            ...caused(report),
            error: { ...report.error } as Json,
          }),
        done: (report) =>
          log('info', report, 'done', report.output === undefined ? undefined : { data: report.output }),
        destroyed: (report) => log('info', report, 'destroyed'),
      };
    },
  });
}

function caused({ event }: Report): Partial<LogLine> {
  const data = dataOf(event);
  return { event: event.type, ...(data === undefined ? undefined : { data }) };
}

function dataOf({ data, output }: MachineEvent): Json | undefined {
  return data ?? output;
}

function moveOf({ event, from, to }: Report): string {
  const [left, entered] = [named(from), named(to)];
  return left === entered ? `${event.type} taken in ${left}` : `${left} → ${entered} on ${event.type}`;
}

function named(configuration: readonly string[]): string {
  return configuration.join(', ');
}

function toStandardError(line: LogLine): void {
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
