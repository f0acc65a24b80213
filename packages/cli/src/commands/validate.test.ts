import { describe, expect, test } from 'vitest';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const good = folder.write('good.json', '{"id":"door","version":"1.2","initial":"open","states":{"open":{}}}');
const bad = folder.write(
  'bad.json',
  `{
  "id": "loan", "initial": "applyng",
  "states": {
    "applying": { "on": { "SUBMIT": { "target": "checking", "guard": "event.data.amount >" } } },
    "checking": { "effect": { "type": "retri", "effect": { "type": "log", "message": "x" } }, "onDone": "aproved" },
    "approved": { "type": "final" }
  }
}
`,
);

interface Report {
  readonly valid: boolean;
  readonly files: readonly { valid: boolean; problems: readonly { code: string; line: number; column: number }[] }[];
}

describe('fsm validate', () => {
  test('a valid machine is named with its version', async () => {
    expect(await fsm(['validate', good])).toMatchObject({
      code: 0,
      stdout: `✓ ${good}: door 1.2 is valid\n`,
      stderr: '',
    });
  });

  test('all problems are shown, each with line, column, code and what to try', async () => {
    const { code, stdout } = await fsm(['validate', bad]);
    expect(code).toBe(1);
    for (const place of ['2:28', '4:90', '5:39', '5:105']) expect(stdout).toContain(`${bad}:${place} error `);
    for (const name of ['applying', 'approved', 'retry']) expect(stdout).toMatch(new RegExp(`mean .${name}`, 'i'));
    expect(stdout).toContain('  at  $.states.checking.onDone\n');
    expect(stdout).toMatch(/✗ .*bad\.json: 4 errors\n$/);
  });

  test('--json prints one object with everything', async () => {
    const { code, json } = await fsm(['validate', good, bad, '--json']);
    const { valid, files } = json as Report;
    expect([code, valid, files.map((file) => file.valid)]).toEqual([1, false, [true, false]]);
    expect(files[0]).toMatchObject({
      file: good,
      machine: 'door',
      version: '1.2',
      hash: expect.any(String),
      problems: [],
    });
    expect(files[1]?.problems).toHaveLength(4);
    expect(files[1]?.problems[0]).toMatchObject({ code: 'UNKNOWN_INITIAL', severity: 'error', line: 2, column: 28 });
  });

  test('text that is no JSON has its places too', async () => {
    const broken = folder.write('broken.json', '{\n  "id": "x",\n  "states": {,}\n}\n');
    const { code, stdout } = await fsm(['validate', broken]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/broken\.json:3:\d+ error .*\[MACHINE_SYNTAX\]/);
  });

  test('a file that cannot be read is wrong use, and the others are checked all the same', async () => {
    const { code, stdout } = await fsm(['validate', `${folder.path}/god.json`, good, folder.path]);
    expect(code).toBe(2);
    expect(stdout).toContain(`✓ ${good}`);
    expect(stdout).toContain(`Did you mean ${good}?`);
    expect(stdout).toContain('[FILE_IS_DIRECTORY]');
  });

  test('a TypeScript machine is checked like any other', async () => {
    const module = folder.write('door.ts', "export default { id: 'door', initial: 'opn', states: { open: {} } };");
    const { code, stdout } = await fsm(['validate', module]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${module} error `);
    expect(stdout).toContain('$.initial');
  });

  test('names are checked when the code is at hand, and not held against a machine whose code is elsewhere', async () => {
    const machine = JSON.stringify({
      id: 'm',
      initial: 'a',
      states: { a: { on: { GO: { target: 'b', guard: 'isRich' } } }, b: {} },
    });
    const elsewhere = folder.write('elsewhere/m.json', machine);
    expect((await fsm(['validate', elsewhere])).code).toBe(0);
    const beside = folder.write('beside/m.json', machine);
    folder.write('beside/functions.js', 'export const guards = { isRch: () => true };');
    const { code, stdout } = await fsm(['validate', beside]);
    expect(code).toBe(1);
    expect(stdout).toContain('[UNKNOWN_GUARD]');
  });
});
