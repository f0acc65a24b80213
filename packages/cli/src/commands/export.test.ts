import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const states =
  '"states":{"open":{"on":{"CLOSE":{"target":"shut","guard":"event.data > 1"}}},"shut":{"after":{"30s":"open"}}}';
const door = folder.write('door.json', `{"id":"door","initial":"open",${states}}`);

describe('fsm export', () => {
  test('writes SCXML that is imported again without problems', async () => {
    const out = `${folder.path}/door.scxml`;
    expect(await fsm(['export', 'scxml', door, '--out', out])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `written to ${out}\n`,
    });
    expect(readFileSync(out, 'utf8')).toContain(
      '<transition event="CLOSE" cond="_event.data &gt; 1" target="shut"/>'.replace('&gt;', '>'),
    );
    expect((await fsm(['import', 'scxml', out, '--json'])).json).toMatchObject({
      machine: { id: 'door' },
      problems: [],
    });
    const { stdout } = await fsm(['export', 'scxml', door]);
    expect(stdout).toBe(readFileSync(out, 'utf8'));
    expect((await fsm(['export', 'scxml', door, '--json'])).json).toEqual({
      format: 'scxml',
      file: door,
      scxml: stdout,
      problems: [],
    });
  });

  test('an SCXML machine comes back as the document it was', async () => {
    const out = `${folder.path}/again.scxml`;
    await fsm(['export', 'scxml', door, '--out', out]);
    expect((await fsm(['export', 'scxml', out])).stdout).toBe(readFileSync(out, 'utf8'));
  });

  test('a guard without form fails and writes nothing, unless it may be lossy', async () => {
    const text = `export const guards = { isClear: () => true };
export default { id: 'door', initial: 'open', states: { open: { on: { CLOSE: { target: 'open', guard: 'isClear' } } } } };`;
    const guarded = folder.write('guarded.js', text);
    const failed = await fsm(['export', 'scxml', guarded]);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain('[NO_GUARD_FORM]\n  at  $.states.open.on.CLOSE.guard');
    expect((await fsm(['export', 'scxml', guarded, '--json'])).json).toMatchObject({ scxml: null });
    const lossy = await fsm(['export', 'scxml', guarded, '--lossy']);
    expect(lossy.code).toBe(0);
    expect(lossy.stdout).toContain('cond="false"');
    expect(lossy.stderr).toContain('warning');
  });

  test('writes a configuration of XState, and the functions behind its names', async () => {
    const module = `${folder.path}/door-functions.ts`;
    const { code, stdout, stderr } = await fsm(['export', 'xstate', door, '--implementations', module]);
    expect([code, stderr]).toEqual([0, `functions written to ${module}\n`]);
    expect(JSON.parse(stdout)).toMatchObject({ id: 'door', initial: 'open' });
    expect(readFileSync(module, 'utf8')).toContain('createMachineFrom');
  });

  test('writes JSON of a module, and says which functions are missing', async () => {
    const plain = folder.write('plain.ts', 'export default { id: "a", initial: "b", states: { b: {} } };');
    expect((await fsm(['export', 'json', plain])).stdout).toBe(
      `${JSON.stringify(JSON.parse('{"id":"a","initial":"b","states":{"b":{}}}'), null, 2)}\n`,
    );
    const functions = folder.write(
      'functions-inside.ts',
      'export default { id: "a", initial: "b", states: { b: { entry: [() => ({})] } } };',
    );
    const { code, stderr } = await fsm(['export', 'json', functions]);
    expect(code).toBe(1);
    expect(stderr).toContain('[NOT_JSON]\n  at  $.states.b.entry[0]');
  });

  test('draws Mermaid', async () => {
    expect((await fsm(['export', 'mermaid', door])).stdout).toBe((await fsm(['graph', door])).stdout);
  });

  test('refuses machines with errors and formats it does not know', async () => {
    const broken = folder.write('broken.json', '{"id":"a","initial":"x","states":{"b":{}}}');
    expect(await fsm(['export', 'scxml', broken, '--json'])).toMatchObject({
      code: 1,
      json: { error: { code: 'MACHINE_INVALID' } },
    });
    expect((await fsm(['export', 'yaml', door])).code).toBe(2);
  });
});
