import { describe, expect, test } from 'vitest';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const door = folder.write(
  'door.json',
  '{"id":"door","initial":"shut","states":{"shut":{"on":{"OPEN":"open"}},"open":{"on":{"CLOSE":"shut"},"after":{"10s":"shut"}}}}',
);
const good = folder.write('good.jsonl', '{"event":"OPEN"}\n{"expect":{"configuration":["open"]}}\n');
const wrong = folder.write(
  'wrong.jsonl',
  '// late\n{"advance":"10s"}\n{"expect":{"configuration":["open"],"taken":true}}\n',
);

describe('fsm test', () => {
  test('passes when every file does', async () => {
    expect(await fsm(['test', door, good])).toMatchObject({ code: 0, stdout: `✓ ${good} 2 steps\n` });
  });

  test('prints the differences of those that fail, with their lines', async () => {
    const { code, stdout } = await fsm(['test', door, good, wrong]);
    expect(code).toBe(1);
    expect(stdout).toBe(
      `✓ ${good} 2 steps\n✗ ${wrong} 2 steps\n` +
        '  line 3: configuration is ["shut"]: without "open", with "shut" besides\n' +
        '  line 3: taken is false, expected true\n',
    );
  });

  test('says which transitions were taken', async () => {
    const { code, stdout } = await fsm(['test', door, good, '--coverage']);
    expect(code).toBe(0);
    expect(stdout).toContain('transitions: 1 of 3 taken (33 %)');
    expect(stdout).toContain('never open: CLOSE → shut $.states.open.on.CLOSE');
    expect(stdout).toContain('never open: fsm.after.10s#open → shut');
  });

  test('prints one object with --json', async () => {
    const { code, json } = await fsm(['test', door, good, wrong, '--json', '--coverage']);
    expect(code).toBe(1);
    expect(json).toMatchObject({
      machine: 'door',
      passed: false,
      files: [
        { file: good, passed: true, steps: 2, failures: [] },
        { file: wrong, passed: false, failures: [{ line: 3, expected: ['open'], actual: ['shut'] }, { line: 3 }] },
      ],
      coverage: { total: 3, covered: 1, never: [{ descriptor: 'CLOSE' }, { source: 'open' }] },
    });
  });

  test('a file that cannot be played fails, and the others are played all the same', async () => {
    const broken = folder.write('broken.jsonl', '{"event"}\n');
    const { code, stdout, stderr } = await fsm(['test', door, broken, good]);
    expect(code).toBe(1);
    expect(stdout).toBe(`✗ ${broken}\n✓ ${good} 2 steps\n`);
    expect(stderr).toContain('broken.jsonl: Line 1 is not JSON');
    expect((await fsm(['test', door, good, `${folder.path}/none.jsonl`])).code).toBe(2);
    expect((await fsm(['test', door])).code).toBe(2);
  });
});
