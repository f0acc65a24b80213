/**
 * `npm test`: the cheap checks first, then the tests. Arguments go to Vitest: `npm test -- packages/core -t history`.
 * The last line is `N passed, N failed`, where each check counts as one, and the exit code is 0 only without failures.
 */
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Vitest } from 'vitest/node';

interface Tally {
  passed: number;
  failed: number;
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, 'node_modules', '.bin');
const environment = { ...process.env, PATH: `${tools}${delimiter}${process.env.PATH ?? ''}` };

const checks: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: 'format and lint', command: ['biome', 'check', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'import directions', command: ['node', '--disable-warning=ExperimentalWarning', 'scripts/check-imports.ts'] },
];

function runChecks(tally: Tally): void {
  for (const { name, command } of checks) {
    const started = performance.now();
    const [program, ...args] = command;
    const result = spawnSync(program, args, {
      cwd: root,
      env: environment,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    const passed = result.status === 0;
    tally[passed ? 'passed' : 'failed'] += 1;
    const shown = command.filter((word) => !word.startsWith('--disable-warning')).join(' ');
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${passed ? '✓' : '✗'} ${name.padEnd(18)} ${seconds.padStart(5)} s   ${shown}`);
    if (!passed)
      console.log(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trimEnd(), '\n');
  }
}

async function runTests(args: readonly string[], tally: Tally): Promise<void> {
  // Vitest decides about colours when it is loaded.
  if (!process.stdout.isTTY) process.env.NO_COLOR ??= '1';
  const { parseCLI, startVitest } = await import('vitest/node');
  const { filter, options } = parseCLI(['vitest', 'run', ...args]);
  const vitest = await startVitest(filter, {
    root,
    watch: false,
    reporters: [['default', { summary: process.stdout.isTTY }]],
    ...options,
  });
  count(vitest, tally);
  await vitest.close();
}

function count(vitest: Vitest, tally: Tally): void {
  const modules = vitest.state.getTestModules();
  for (const module of modules) {
    let failures = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') tally.passed += 1;
      if (state === 'failed') failures += 1;
    }
    // A file that does not load, or a hook that throws, fails without a failing test.
    tally.failed += failures === 0 && !module.ok() ? 1 : failures;
  }
  tally.failed += vitest.state.getUnhandledErrors().length;
  if (modules.length === 0) tally.failed += 1;
}

const tally: Tally = { passed: 0, failed: 0 };
runChecks(tally);
await runTests(process.argv.slice(2), tally);
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);
