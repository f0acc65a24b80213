import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const door = folder.write(
  'door.json',
  '{"id":"door","initial":"open","states":{"open":{"on":{"CLOSE":"shut"}},"shut":{}}}',
);

describe('fsm graph', () => {
  test('prints a Mermaid state diagram', async () => {
    const { code, stdout } = await fsm(['graph', door]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^stateDiagram-v2\n/m);
    expect(stdout).toMatch(/open --> shut ?: ?CLOSE/);
  });

  test('writes it to a file, or into one JSON object', async () => {
    const printed = await fsm(['graph', door]);
    const out = `${folder.path}/door.mmd`;
    expect(await fsm(['graph', door, '--out', out])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `written to ${out}\n`,
    });
    expect(readFileSync(out, 'utf8')).toBe(printed.stdout);
    expect((await fsm(['graph', door, '--json'])).json).toEqual({ machine: 'door', mermaid: printed.stdout.trimEnd() });
  });

  test('does not draw what is wrong, nor write where it cannot', async () => {
    const bad = folder.write('bad.json', '{"id":"x","initial":"b","states":{"a":{}}}');
    expect(await fsm(['graph', bad])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('MACHINE_INVALID'),
    });
    expect((await fsm(['graph', door, '--out', `${folder.path}/no/where.mmd`])).code).toBe(2);
  });
});
