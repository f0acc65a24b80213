import { describe, expect, test } from 'vitest';
import { fsm } from './testing/in-process.ts';

const commands = ['validate', 'graph', 'run', 'exec', 'list', 'get', 'history', 'verify-journal', 'repair'];

describe('fsm', () => {
  test('--help names every command and the exit codes', async () => {
    const { code, stdout, stderr } = await fsm(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const command of commands) expect(stdout).toContain(`\n  ${command} `);
    expect(stdout).toContain('Exit codes: 0 done, 1 the work failed, 2 wrong use, 130 interrupted.');
  });

  test.each(commands)('fsm %s --help has an example and offers --json', async (command) => {
    const { code, stdout } = await fsm([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Example:\n  fsm ${command} `));
    expect(stdout).toContain('--json');
  });

  test('--version prints the version', async () => {
    expect(await fsm(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/) });
  });

  test.each([
    [['valdate', 'x.json'], "unknown command 'valdate'", 'Did you mean validate?'],
    [['list', '--dbb', 'x'], "unknown option '--dbb'", 'Did you mean --db?'],
    [['list'], 'The option --db is missing.', '--db loans.db'],
    [['validate'], "missing required argument 'file'", ''],
    [['get', 'a', 'b', '--db', 'x'], 'too many arguments', ''],
    [['list', '--db', 'x', '--limit', 'many'], 'Give a whole number of at least 1.', ''],
    [['history', 'a', '--db', 'x', '--from', '0'], 'Give a whole number of at least 1.', ''],
    [[], 'Usage: fsm', ''],
  ])('%j is wrong use: it says why and what to try', async (args, message, suggestion) => {
    const { code, stdout, stderr } = await fsm(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain(suggestion);
  });
});
