import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRegistry } from '@fsm/effects';
import { feedLog, openRuntime, type Runtime, VirtualClock } from '@fsm/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { functions } from '../../../examples/loan-application/functions.ts';
import { sampleEvents } from '../../../examples/loan-application/generate.ts';
import { LineIdentity } from '../src/event-log/line-identity.ts';

/** Promise 7: kill the process anywhere; run it again, and it ends as if nothing had happened. */
const root = fileURLToPath(new URL('../../..', import.meta.url));
const launcher = join(root, 'packages/cli/bin/fsm.js');
const machine = join(root, 'examples/loan-application/machine.json');

let folder: string;
let log: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fsm-kill-'));
  log = join(folder, 'log.ndjson');
  const events = sampleEvents({ seed: 11, applications: 250 });
  writeFileSync(log, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly signal: NodeJS.Signals | null;
  readonly summary: Record<string, unknown> | undefined;
  readonly errors: string;
}

/** Runs the log into a store and kills the process after so many milliseconds, if it still runs. */
function run(db: string, killAfter?: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [launcher, 'run', machine, '--events', log, '--db', db, '--json']);
    let printed = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.on('error', reject);
    child.on('close', (_, signal) => {
      clearTimeout(timer);
      const last = printed.trim().split('\n').at(-1);
      resolve({ signal, summary: last ? JSON.parse(last) : undefined, errors });
    });
  });
}

/** What must be equal however often the process died: everything but how long it took. */
function facts({ seconds: _seconds, eventsPerSecond: _rate, ...rest }: Record<string, unknown>): unknown {
  return rest;
}

async function journals(db: string): Promise<Record<string, unknown>> {
  const runtime = await openRuntime({ store: db, readOnly: true });
  const all = await journalsOf(runtime);
  await runtime.close();
  return all;
}

async function journalsOf(runtime: Runtime): Promise<Record<string, unknown>> {
  const tenant = runtime.tenant('default');
  const all: Record<string, unknown> = {};
  for (const { instance } of (await tenant.list({ limit: 10_000 })).items) {
    all[instance] = await tenant.history(instance, { limit: 10_000 });
  }
  return all;
}

describe.each([
  { name: 'sqlite', kills: 20, at: (n: number) => join(folder, `kill-${n}.db`) },
  { name: 'jsonl', kills: 10, at: (n: number) => `${join(folder, `kill-${n}`)}/` },
])('a run into $name', ({ kills, at }) => {
  test(`survives ${kills} kill -9 at random moments with the same summary and the same journals`, {
    timeout: 300_000,
  }, async () => {
    const undisturbed = at(0);
    const started = performance.now();
    const reference = await run(undisturbed);
    const duration = performance.now() - started;
    expect(reference.summary, reference.errors).toMatchObject({ instances: 250, rejected: 0 });
    const expected = await journals(undisturbed);

    let killed = 0;
    let store = 1;
    while (killed < kills) {
      const { signal, summary, errors } = await run(at(store), Math.random() * duration);
      if (signal === 'SIGKILL') {
        killed += 1;
        continue;
      }
      expect(summary, errors).toBeDefined();
      expect(facts(summary!)).toEqual(facts(reference.summary!));
      expect(await journals(at(store))).toEqual(expected);
      store += 1;
    }
    const { summary, errors } = await run(at(store));
    expect(summary, errors).toBeDefined();
    expect(facts(summary!)).toEqual(facts(reference.summary!));
    expect(await journals(at(store))).toEqual(expected);
  });
});

test('the memory, SQLite and JSON lines stores hold identical journals of the same log', {
  timeout: 120_000,
}, async () => {
  const sqlite = join(folder, 'same.db');
  const jsonl = `${join(folder, 'same')}/`;
  const summaries = [await run(sqlite), await run(jsonl)].map(({ summary, errors }) => {
    expect(summary, errors).toBeDefined();
    return facts(summary!);
  });
  expect(summaries[1]).toEqual(summaries[0]);
  const expected = await journals(sqlite);
  expect(await journals(jsonl)).toEqual(expected);
  expect(await journalsInMemory()).toEqual(expected);
});

/** The same log, without a process of its own: a store in memory ends with its process. */
async function journalsInMemory(): Promise<Record<string, unknown>> {
  const definition = JSON.parse(readFileSync(machine, 'utf8'));
  const events = sampleEvents({ seed: 11, applications: 250 });
  const clock = new VirtualClock(Date.parse(events[0]!.at));
  const runtime = await openRuntime({ store: 'memory:', clock, registry: createRegistry({ functions }) });
  const tenant = runtime.tenant('default');
  const feed = feedLog({ runtime, tenant, machine: await tenant.register(definition), definition, clock });
  const identity = new LineIdentity();
  for (const [index, { at, ...event }] of events.entries()) {
    const timed = { ...event, at: Date.parse(at) };
    await feed.push({ ...timed, id: identity.idOf({ ...timed, id: undefined, unknownKeys: [] }) }, index);
  }
  await feed.finish();
  const all = await journalsOf(runtime);
  await runtime.close();
  return all;
}
