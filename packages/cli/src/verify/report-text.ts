import { formatDuration, type SimulationStep, type VerifyReport } from '@fsm/core';
import type { WrittenFinding } from '../commands/verify.ts';
import { formatCount } from '../format-count.ts';
import type { Output } from '../output.ts';

/** What was explored, then each finding with the steps that show it, then the verdict. */
export function printReport(
  file: string,
  report: Omit<VerifyReport, 'findings'> & { readonly findings: readonly WrittenFinding[] },
  output: Output,
): void {
  const { machine, findings, ok, invariants } = report;
  output.print(`${output.paint('bold', machine)}: ${describeExploration(report)}`);
  for (const { name, holds } of invariants) {
    const held = report.exploration?.exhaustive ? 'holds' : 'held wherever it was looked at';
    if (holds) output.print(`${output.paint('green', '✓')} invariant "${name}" ${held}`);
  }
  const colors = { error: 'red', warning: 'yellow', info: 'dim' } as const;
  for (const finding of findings) {
    const { severity, code, message, path, hint, evidence } = finding;
    const doubt = evidence === 'possible' && severity !== 'info' ? ' (possible, not shown)' : '';
    const mark = output.paint(colors[severity], severity);
    output.print(`\n${mark} ${message}${doubt} ${output.paint('dim', `[${code}]`)}`);
    if (path.startsWith('$.')) output.print(`  at  ${path}`);
    if (hint !== undefined) output.print(`  try ${hint}`);
    printSteps(file, finding, output);
  }
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const counted = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ];
  if (findings.some(({ steps, scenario }) => steps !== undefined && scenario === undefined)) {
    const how = `--out <folder> writes the steps, for fsm simulate ${file} --events <file>`;
    output.print(`\n${output.paint('dim', how)}`);
  }
  const mark = ok ? output.paint('green', '✓') : output.paint('red', '✗');
  const space = findings.length > 0 ? '\n' : '';
  output.print(`${space}${mark} ${file}: ${counted.length === 0 ? 'nothing wrong was found' : counted.join(', ')}`);
}

function describeExploration({ exploration, unexplored }: Pick<VerifyReport, 'exploration' | 'unexplored'>): string {
  if (exploration === undefined) return `only the definition was checked, because ${unexplored}`;
  const { states, configurations, steps, depth, exhaustive, limits } = exploration;
  const size = `${formatCount(states)} states, ${formatCount(steps)} steps tried`;
  if (exhaustive) return `explored exhaustively: all ${plural(configurations, 'configuration')} (${size})`;
  const most = `up to ${plural(depth, 'step')} from the start`;
  return `explored ${plural(configurations, 'configuration')} (${size}), ${most}; not exhaustive: ${limits.join('; ')}`;
}

/** More steps than this are not worth reading; the file has them all. */
const mostSteps = 30;

function printSteps(file: string, { steps, scenario }: WrittenFinding, output: Output): void {
  if (steps === undefined) return;
  if (steps.length === 0) output.print('  shown by the start alone');
  for (const [index, step] of steps.slice(0, mostSteps).entries()) {
    output.print(`  ${String(index + 1).padStart(2)}. ${describeStep(step)}`);
  }
  if (steps.length > mostSteps) output.print(`  … and ${formatCount(steps.length - mostSteps)} more`);
  if (scenario !== undefined) output.print(output.paint('dim', `  replay: fsm simulate ${file} --events ${scenario}`));
}

function describeStep(step: SimulationStep): string {
  if ('event' in step) {
    const event = typeof step.event === 'string' ? { type: step.event } : step.event;
    return `event ${event.type}${event.data === undefined ? '' : ` ${JSON.stringify(event.data)}`}`;
  }
  if ('advance' in step) {
    return `${typeof step.advance === 'number' ? formatDuration(step.advance) : step.advance} pass`;
  }
  if ('done' in step) {
    return `the effect "${step.done}" is done${step.output === undefined ? '' : `: ${JSON.stringify(step.output)}`}`;
  }
  if ('failed' in step) {
    return `the effect "${step.failed}" fails${step.error === undefined ? '' : `: ${JSON.stringify(step.error)}`}`;
  }
  return JSON.stringify(step);
}

function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
