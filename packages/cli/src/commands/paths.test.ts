import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const loan = folder.write(
  'loan.json',
  JSON.stringify({
    id: 'loan',
    initial: 'applying',
    states: {
      applying: { on: { SUBMIT: 'checking' }, after: { '30d': 'expired' } },
      checking: { effect: { type: 'delay', duration: '1s' }, onDone: 'approved', onError: 'applying' },
      approved: { type: 'final' },
      expired: { type: 'final' },
      forgotten: { on: { WAKE: 'applying' } },
    },
  }),
);

describe('fsm paths', () => {
  test('prints a shortest path to every state, and which have none', async () => {
    const { code, stdout, stderr } = await fsm(['paths', loan]);
    expect(code).toBe(0);
    expect(stdout).toBe(`applying
  (at the start)
checking
  SUBMIT
approved
  SUBMIT → done checking
expired
  advance 30d
not reached forgotten
`);
    expect(stderr).toBe('everything that can happen was looked at\n');
  });

  test('to one state, or fails when there is none', async () => {
    expect((await fsm(['paths', loan, '--to', 'approved'])).stdout).toBe('approved\n  SUBMIT → done checking\n');
    expect(await fsm(['paths', loan, '--to', 'forgotten'])).toMatchObject({
      code: 1,
      stdout: 'not reached forgotten\n',
    });
    expect(await fsm(['paths', loan, '--to', 'aproved'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean "approved"?'),
    });
  });

  test('all simple paths', async () => {
    const { json } = await fsm(['paths', loan, '--simple', '--to', 'expired', '--json']);
    expect(json).toMatchObject({ exhaustive: true, paths: [{ name: 'expired', steps: [{ advance: '30d' }] }] });
    const cut = await fsm(['paths', loan, '--simple', '--max-paths', '2']);
    expect(cut.stderr).toContain('The list ends after 2 paths');
    expect((await fsm(['paths', loan, '--simple', '--cover'])).code).toBe(2);
  });

  test('scenarios that take every transition pass and cover it', async () => {
    const out = `${folder.path}/scenarios`;
    const { stdout, stderr, code } = await fsm(['paths', loan, '--cover', '--out', out]);
    expect(code).toBe(0);
    expect(stdout).toContain('not reached $.states.forgotten.on.WAKE');
    const files = readdirSync(out).map((name) => `${out}/${name}`);
    expect(stderr).toContain(`${files.length} scenarios written to ${out}`);
    expect(JSON.parse(readFileSync(files[0]!, 'utf8').split('\n')[0]!)).toMatchObject({ machine: loan });
    const tested = await fsm(['test', loan, ...files, '--coverage', '--json']);
    expect(tested).toMatchObject({
      code: 0,
      json: { passed: true, coverage: { total: 5, covered: 4, never: [{ source: 'forgotten' }] } },
    });
  });

  test('says what was left out', async () => {
    const { stderr, json } = await fsm(['paths', loan, '--max-depth', '1', '--json']);
    expect(json).toMatchObject({ exhaustive: false, limits: [{ kind: 'depth' }], missing: ['approved', 'forgotten'] });
    expect(stderr).toBe('');
    expect((await fsm(['paths', loan, '--max-states', '2'])).stderr).toContain('More than 2 states');
  });

  test('writes nothing where it cannot', async () => {
    expect((await fsm(['paths', loan, '--out', `${loan}/below`])).code).toBe(2);
  });
});
