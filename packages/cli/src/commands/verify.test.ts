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
      applying: { on: { SUBMIT: 'checking', VIP: 'review' } },
      checking: { effect: { type: 'call', function: 'score' }, onDone: 'review', onError: 'applying' },
      review: { on: { APPROVE: 'approved', PARK: 'parked' } },
      parked: {},
      approved: { type: 'final' },
    },
  }),
);
const door = folder.write(
  'door.json',
  JSON.stringify({
    id: 'door',
    initial: 'shut',
    states: { shut: { on: { OPEN: 'open' } }, open: { after: { '10s': 'shut' }, on: { SHUT: 'shut' } } },
  }),
);
const invariant = "!active('approved') || entered('checking')";

describe('fsm verify', () => {
  test('says that a finite machine was explored wholly and that nothing is wrong', async () => {
    const { code, stdout } = await fsm(['verify', door]);
    expect(code).toBe(0);
    expect(stdout).toContain('explored exhaustively: all 2 configurations');
    expect(stdout).toContain(`✓ ${door}: nothing wrong was found`);
  });

  test('shows each finding with its steps and fails', async () => {
    const { code, stdout } = await fsm(['verify', loan, '--invariant', invariant]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /error .*does not hold in approved.* \[INVARIANT_VIOLATED\]\n {2}try .*\n {3}1\. event VIP\n {3}2\. event APPROVE\n/,
    );
    expect(stdout).toMatch(/error Nothing can ever happen in "parked".*\[DEADLOCK\]\n {2}at {2}\$\.states\.parked\n/);
    expect(stdout).toContain(`✗ ${loan}: 2 errors`);
  });

  test('writes scenarios that fsm simulate replays', async () => {
    const out = `${folder.path}/found`;
    const { json } = await fsm(['verify', loan, '--invariant', invariant, '--out', out, '--json']);
    const [file] = (json as { files: { findings: { code: string; scenario: string }[] }[] }).files;
    expect(file!.findings.map(({ code }) => code)).toEqual(['INVARIANT_VIOLATED', 'DEADLOCK']);
    expect(readdirSync(out).sort()).toEqual(['loan.deadlock.jsonl', 'loan.invariant-violated.jsonl']);
    for (const [index, ends] of ['approved', 'parked'].entries()) {
      const { scenario } = file!.findings[index]!;
      expect(JSON.parse(readFileSync(scenario, 'utf8').split('\n')[0]!)).toMatchObject({ machine: loan });
      const replayed = await fsm(['simulate', loan, '--events', scenario, '--json']);
      expect(replayed.code).toBe(0);
      expect(replayed.json).toMatchObject({ snapshot: { configuration: [ends] } });
    }
  });

  test('checks several machines, and counts only what it proved as held', async () => {
    const { code, json } = await fsm(['verify', door, loan, '--invariant', "!active('open') || true", '--json']);
    expect(code).toBe(1);
    expect(json).toMatchObject({ error: { code: 'INVARIANT_INVALID', message: expect.stringContaining('"open"') } });
    const both = await fsm(['verify', door, loan, '--json']);
    expect(both.code).toBe(1);
    expect(both.json).toMatchObject({
      ok: false,
      files: [
        { file: door, ok: true, exploration: { exhaustive: true, configurations: 2 } },
        { file: loan, ok: false },
      ],
    });
  });

  test('tries the data it is given, and stops at its bounds', async () => {
    const guarded = folder.write(
      'guarded.json',
      JSON.stringify({
        id: 'guarded',
        initial: 'a',
        states: {
          a: { on: { GO: { guard: "event.data?.word?.split('-').length === 3", target: 'b' } } },
          b: { on: { BACK: 'a' } },
        },
      }),
    );
    const without = await fsm(['verify', guarded]);
    expect(without).toMatchObject({ code: 0, stdout: expect.stringContaining('was not reached within the bound') });
    const data = folder.write('data.json', '{"GO":[{"word":"x-y-z"}]}');
    expect((await fsm(['verify', guarded, '--data', data])).stdout).not.toContain('not reached');
    const bounded = await fsm(['verify', loan, '--max-depth', '1']);
    expect(bounded.stdout).toContain('not exhaustive: stopped 1 steps from the start');
  });

  test('draws the states of its findings', async () => {
    const { stdout } = await fsm(['verify', loan, '--graph']);
    expect(stdout).toMatch(/stateDiagram-v2[\s\S]*class parked active/);
  });

  test('refuses what it cannot use', async () => {
    expect(await fsm(['verify', `${folder.path}/none.json`])).toMatchObject({ code: 2 });
    const bad = folder.write('bad.json', '{"id":"x","initial":"b","states":{"a":{}}}');
    expect(await fsm(['verify', bad])).toMatchObject({ code: 1, stderr: expect.stringContaining('MACHINE_INVALID') });
    const data = folder.write('list.json', '{"GO":{"x":1}}');
    expect(await fsm(['verify', door, '--data', data])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DATA_INVALID'),
    });
  });
});
