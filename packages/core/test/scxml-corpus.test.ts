import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  basicHttp,
  compile,
  exportScxml,
  importScxml,
  type Json,
  type MachineDefinition,
  type ScxmlSession,
  ScxmlWorld,
  type ScxmlWorldOptions,
  type Snapshot,
} from '@fsm/core';
import { describe, expect, test } from 'vitest';

/**
 * The public corpus of SCXML tests: the exact set of active atomic states is compared at the beginning and after every
 * event. `scxml-corpus/README.md` says where it comes from.
 */
const corpus = fileURLToPath(new URL('scxml-corpus/', import.meta.url));

interface Script {
  readonly initialConfiguration: readonly string[];
  readonly events: readonly Expected[];
  readonly legacySemantics?: Omit<Script, 'legacySemantics'>;
}

interface Expected {
  readonly after?: number;
  readonly event: { readonly name: string; readonly data?: Json };
  readonly nextConfiguration: readonly string[];
}

/** Scripts that contradict the recommendation, with the reason; each must pass the script in the document that agrees with it. */
const contradicting: Readonly<Record<string, string>> = {
  'more-parallel/test10':
    'takes a parallel state for the domain of a transition inside it; the recommendation leaves and enters it again',
  'more-parallel/test10b':
    'takes a parallel state for the domain of a transition inside it; the recommendation leaves and enters it again',
};

/**
 * Tests that a person judges by what is logged. They have no state `pass` but end in `final`; their scripts, written for
 * a runner that does not look, are replaced by what the person would look for.
 */
const judged: Readonly<Record<string, (logs: readonly string[]) => void>> = {
  'w3c-ecma/test230.txml': (logs) => {
    // an event that was handed on has the same fields as the one that came
    expect(logs.length).toBe(14);
    expect(logs.slice(7)).toEqual(logs.slice(0, 7));
  },
  'w3c-ecma/test250.txml': (logs) => expect(logs).toEqual(['"Exiting sub01"', '"Exiting sub0"']),
  'w3c-ecma/test307.txml': (logs) => {
    // with late binding the data of a state that was not entered yet have no value
    expect(logs[0]).toContain('"message":null');
    expect(logs.at(-1)).toContain('error.execution');
  },
};

const names = globSync('*/*.scxml', { cwd: corpus })
  .map((file) => file.replace(/\.scxml$/, '').replaceAll('\\', '/'))
  .filter((name) => existsSync(join(corpus, `${name}.json`)))
  .sort();

describe('the SCXML corpus', () => {
  test('has 316 tests', () => expect(names).toHaveLength(316));

  const automatic = names.filter((name) => !Object.hasOwn(contradicting, name) && !Object.hasOwn(judged, name));

  test.each(automatic)('%s', (name) => {
    follow(name, scriptOf(name));
  });

  const basicHttpTests = [509, 510, 518, 519, 520, 522, 531, 532, 534, 567, 577].map((n) => `w3c-ecma/test${n}.txml`);

  test.each(basicHttpTests)('%s of the optional Basic HTTP processor, which has no script', (name) => {
    const { world, session } = open(name);
    world.advance(60_000);
    expect(configuration(session)).toEqual(['pass']);
  });

  test('all of it, when every snapshot goes through JSON between two steps', () => {
    const keep = (snapshot: Snapshot): Snapshot => JSON.parse(JSON.stringify(snapshot));
    for (const name of automatic) follow(name, scriptOf(name), { keep });
  });

  test('all of it, exported to SCXML and imported again', () => {
    const again = (definition: MachineDefinition) => importScxml(exportScxml(definition).text ?? '').definition;
    for (const name of automatic) follow(name, scriptOf(name), { again });
  });

  test.each(Object.entries(judged))('%s, judged by what it logs', (name, judge) => {
    const logs: string[] = [];
    const { world, session } = open(name, logs);
    world.advance(10_000);
    expect(configuration(session)).toEqual(['final']);
    judge(logs);
  });

  test.each(Object.entries(contradicting))(
    '%s, by the script that agrees with the recommendation: its main script %s',
    (name) => {
      const script = scriptOf(name);
      expect(() => follow(name, script)).toThrow();
      follow(name, script.legacySemantics!);
    },
  );
});

function scriptOf(name: string): Script {
  return JSON.parse(readFileSync(join(corpus, `${name}.json`), 'utf8')) as Script;
}

interface Variant {
  readonly keep?: ScxmlWorldOptions['keep'];
  readonly again?: (definition: MachineDefinition) => MachineDefinition;
}

function open(name: string, logs: string[] = [], { keep, again }: Variant = {}) {
  const folder = dirname(join(corpus, name));
  const load = (uri: string) => {
    const path = join(folder, uri.replace(/^file:/, ''));
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  const text = readFileSync(join(corpus, `${name}.scxml`), 'utf8');
  const { definition } = importScxml(text, { load, id: name.replaceAll(/[^A-Za-z0-9._:-]/g, '_') });
  const world = new ScxmlWorld({
    load,
    processors: basicHttp(),
    ...(keep && { keep }),
    onLog: (_, message) => void logs.push(JSON.stringify(message)),
  });
  return { world, session: world.open(compile(again?.(definition) ?? definition)) };
}

function follow(name: string, script: Omit<Script, 'legacySemantics'>, variant: Variant = {}): void {
  const { world, session } = open(name, [], variant);
  expect(configuration(session), name).toEqual([...script.initialConfiguration].sort());
  for (const { after = 0, event, nextConfiguration } of script.events) {
    world.advance(after);
    // an event without name only says that it is time to look
    if (event.name !== '') session.send({ type: event.name, ...(event.data !== undefined && { data: event.data }) });
    expect(configuration(session), `${name} after ${event.name}`).toEqual([...nextConfiguration].sort());
  }
}

function configuration(session: ScxmlSession): readonly string[] {
  return [...session.activeIds].sort();
}
