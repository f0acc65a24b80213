import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { checkImports } from './check-imports.ts';
import { scanSource } from './imports.ts';

const trees: string[] = [];

/** A repository with the given files below `packages/`, and the violations found in it as short lines. */
function violationsOf(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'fsm-imports-'));
  trees.push(root);
  for (const [path, content] of Object.entries(files)) {
    const target = join(root, 'packages', path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  return checkImports(root).map(({ file, line, rule, message }) => `${file}:${line} ${rule}: ${message}`);
}

afterEach(() => {
  for (const root of trees.splice(0)) rmSync(root, { recursive: true });
});

describe('import directions', () => {
  test('imports that follow the arrows are accepted', () => {
    expect(
      violationsOf({
        'core/package.json': '{"exports":{".":"./src/index.ts","./json":"./src/json.ts"}}',
        'core/src/index.ts': "export type { Json } from './json.ts';\nexport { parse } from './parse.ts';",
        'core/src/json.ts': "import type { parse } from './parse.ts';\nexport const json = 1;",
        'core/src/parse.ts': "import { json } from './json.ts';\nexport const parse = json;",
        'core/src/parse.test.ts': "import vm from 'node:vm';\nvm.runInNewContext('1');",
        'core/src/testing/v8.ts': "import 'node:util';",
        'core/test/public.test.ts': "import { parse } from '@fsm/core';\nparse;",
        'runtime/src/index.ts':
          "import { parse } from '@fsm/core';\nimport '@fsm/core/json';\nimport 'node:fs';\nparse;",
      }),
    ).toEqual([]);
  });

  test('an import of a package above is refused, for values and for types', () => {
    expect(
      violationsOf({
        'core/src/a.ts': "import { run } from '@fsm/runtime';\nrun;",
        'effects/src/a.ts': "\nimport type { Engine } from '@fsm/runtime';\nexport type A = Engine;",
        'runtime/src/a.ts': "export type A = import('@fsm/cli').Io;",
      }),
    ).toEqual([
      'packages/core/src/a.ts:1 direction: imports @fsm/runtime, which is not below it; core may import no other package',
      'packages/effects/src/a.ts:2 direction: imports @fsm/runtime, which is not below it; effects may import core',
      'packages/runtime/src/a.ts:1 direction: imports @fsm/cli, which is not below it; runtime may import effects, core',
    ]);
  });

  test('a package without a place in the arrows is reported when it imports another', () => {
    expect(violationsOf({ 'extras/src/a.ts': "import '@fsm/core';" })).toEqual([
      'packages/extras/src/a.ts:1 direction: extras has no place yet in the arrows of scripts/check-imports.ts',
    ]);
  });

  test('reaching into another package past its exports is refused, by name and by path', () => {
    expect(
      violationsOf({
        'core/package.json': '{"exports":{".":"./src/index.ts"}}',
        'effects/src/a.ts': "import '@fsm/core/src/json.ts';\nawait import('../../core/src/json.ts');",
      }),
    ).toEqual([
      'packages/effects/src/a.ts:1 deep import: imports @fsm/core/src/json.ts, which @fsm/core does not export; import what its exports list',
      'packages/effects/src/a.ts:2 deep import: imports ../../core/src/json.ts, outside its package; import the other package by name',
    ]);
  });

  test('a circle of value imports is reported once with its whole way', () => {
    expect(
      violationsOf({
        'core/src/a.ts': "import './b.ts';",
        'core/src/b.ts': "import './c.ts';",
        'core/src/c.ts': "export * from './a.ts';",
        'effects/src/a.ts': "import '@fsm/effects';",
      }),
    ).toEqual([
      'packages/core/src/c.ts:1 circle: packages/core/src/a.ts → packages/core/src/b.ts → packages/core/src/c.ts → packages/core/src/a.ts',
      'packages/effects/src/a.ts:1 circle: imports its own package by name; import the module itself',
    ]);
  });

  test('core uses no built-in module and no global of Node', () => {
    expect(
      violationsOf({
        'core/src/a.ts': "import { createHash } from 'node:crypto';\nimport 'fs';\ncreateHash;",
        'core/src/b.ts': 'export const speed = { process: 1 }.process;\nexport const home = process.env;',
      }),
    ).toEqual([
      'packages/core/src/a.ts:1 browser: imports node:crypto; core must run in a browser',
      'packages/core/src/a.ts:2 browser: imports fs; core must run in a browser',
      'packages/core/src/b.ts:2 browser: uses process, a global of Node; core must run in a browser',
    ]);
  });

  test('a file that does not parse is reported, not skipped', () => {
    expect(violationsOf({ 'core/src/a.ts': 'import {' })).toEqual([
      expect.stringMatching(/^packages\/core\/src\/a\.ts:1 syntax: cannot be parsed/),
    ]);
  });

  test('imports inside strings, templates and comments do not count', () => {
    const source = [
      '// import type { A } from "@fsm/cli"',
      'export const text = `import type { A } from "@fsm/cli"`;',
      "import { type B, c } from './b.ts';",
      'export const d: B = c;',
    ].join('\n');
    expect(scanSource(source).imports).toEqual([{ specifier: './b.ts', line: 3, typeOnly: false }]);
  });
});
