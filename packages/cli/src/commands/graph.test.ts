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

  test('draws an SVG when asked to, or when the file it writes is one', async () => {
    const printed = await fsm(['graph', door, '--format', 'svg']);
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^<svg /) });
    const out = `${folder.path}/door.SVG`;
    expect((await fsm(['graph', door, '--out', out])).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe(printed.stdout);
    const { json } = await fsm(['graph', door, '--format', 'svg', '--theme', 'dark', '--direction', 'right', '--json']);
    expect(json).toEqual({ machine: 'door', svg: expect.stringContaining('class="fsm-dark"') });
    expect((await fsm(['graph', door, '--format', 'png'])).code).toBe(2);
  });

  test('highlights states that are named', async () => {
    expect((await fsm(['graph', door, '--state', 'shut, open'])).stdout).toContain('class open,shut active');
    const { stdout } = await fsm(['graph', door, '--format', 'svg', '--state', 'shut']);
    expect(stdout).toContain('class="state atomic active" data-state="shut"');
    const { code, json } = await fsm(['graph', door, '--state', 'shutt', '--json']);
    expect(code).toBe(2);
    expect(json).toMatchObject({ error: { code: 'STATE_UNKNOWN', hint: 'Did you mean shut?' } });
  });

  test('draws the states that components bring', async () => {
    const components = '{"auto":{"use":"Timer","at":"open","with":{"duration":"9s","target":"shut"}}}';
    const timed = folder.write('timed.json', readFileSync(door, 'utf8').replace('{', `{"components":${components},`));
    expect((await fsm(['graph', timed])).stdout).toContain('open --> shut : after 9s');
    expect((await fsm(['graph', timed, '--format', 'svg'])).stdout).toContain('>9s</text>');
  });

  test('highlights the states an instance is in, when it is one of this machine', async () => {
    const events = folder.write('events.ndjson', '{"instance":"front","type":"CLOSE","at":"2026-01-01T00:00:00Z"}\n');
    const db = `${folder.path}/doors.db`;
    const run = await fsm(['run', door, '--events', events, '--db', db]);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const asked = ['--instance', 'front', '--db', db];
    expect((await fsm(['graph', door, ...asked])).stdout).toContain('class shut active');
    const changed = folder.write(
      'changed.json',
      readFileSync(door, 'utf8').replace('"shut":{}', '"shut":{},"ajar":{}'),
    );
    expect(await fsm(['graph', changed, ...asked])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('another version'),
    });
    const other = folder.write('other.json', readFileSync(door, 'utf8').replace('"door"', '"gate"'));
    expect((await fsm(['graph', other, ...asked, '--json'])).json).toMatchObject({
      error: { code: 'MACHINE_MISMATCH' },
    });
    expect((await fsm(['graph', door, '--instance', 'front'])).code).toBe(2);
  });
});
