import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const machine = folder.write(
  'm.json',
  '{"id":"m","initial":"a","states":{"a":{"on":{"GO":"b"}},"b":{"on":{"GO":"a"}}}}',
);
const log = folder.write('log.ndjson', '{"instance":"i","type":"GO","at":1}\n'.repeat(50));
const run = (db: string) => fsm(['run', machine, '--events', log, '--db', db, '--json']);

/** Changes one character of line 20 of the journal. */
function damage(db: string): void {
  const segment = join(db, readdirSync(db).find((name) => name.startsWith('journal-'))!);
  writeFileSync(segment, readFileSync(segment, 'utf8').replace(/("sequence\\?":20,.*?)GO/, '$1GX'));
}

describe('a damaged store', () => {
  const db = `${folder.path}/store/`;

  test('is not run, nor listed as whole; its repair is offered, made only when accepted, and the log fills the gap', async () => {
    const whole = await run(db);
    expect(whole.json).toMatchObject({ taken: 50 });
    damage(db);

    expect(await run(db)).toMatchObject({
      code: 1,
      json: { error: { code: 'JOURNAL_DAMAGED', hint: expect.stringContaining('fsm repair') } },
    });
    expect((await fsm(['verify-journal', db])).code).toBe(1);

    const offered = await fsm(['repair', db]);
    expect(offered.code).toBe(1);
    expect(offered.stdout).toMatch(/^✗ damaged .*\n {2}\d+ lines would be kept, \d+ would be lost\n/);
    expect(offered.stdout).toContain('--accept-loss');
    expect((await run(db)).code).toBe(1);

    const repaired = await fsm(['repair', db, '--accept-loss']);
    expect(repaired.code).toBe(0);
    expect(repaired.stdout).toMatch(/^✓ repaired /);
    expect((await fsm(['verify-journal', db])).code).toBe(0);

    const { seconds: _, eventsPerSecond: __, ...summary } = whole.json as Record<string, unknown>;
    expect((await run(db)).json).toMatchObject(summary);
  });
});
