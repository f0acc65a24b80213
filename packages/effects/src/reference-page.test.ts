import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { builtInKinds } from './kinds.ts';
import { referencePage, referenceSection } from './reference-page.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('docs/effects.md is what the kinds say: otherwise run `node packages/effects/write-reference.ts`', () => {
  expect(read('../../../docs/effects.md')).toBe(referencePage(builtInKinds, read('../reference.md')));
});

test('a section says what each parameter is, also those inside lists', () => {
  const section = (name: string) => referenceSection(builtInKinds.find((kind) => kind.name === name)!).split('\n');
  expect(section('retry').filter((line) => line.includes('`attempts`') || line.includes('`backoff`'))).toEqual([
    '| **`attempts`** | integer from 1 to 1000 |  | How many attempts there are, the first included. |',
    '| `backoff` | `"fixed"` or `"exponential"` | `"exponential"` | Whether later waits are the same ("fixed") or each twice as long as the one before ("exponential"). |',
  ]);
  expect(section('saga').map((line) => line.split(' | ').slice(0, 2))).toEqual(
    expect.arrayContaining([
      ['| **`steps`**', 'list of objects'],
      ['| **`steps[].effect`**', 'effect'],
      ['| `steps[].compensate`', 'effect'],
    ]),
  );
});

test('a section ends with an example and how it ends', () => {
  const section = referenceSection(builtInKinds.find((kind) => kind.name === 'timeout')!);
  expect(section).toContain('**Example.** Do not wait longer than five seconds:');
  expect(section).toMatch(/With the registered function `slow` this fails with `EFFECT_TIMEOUT`\.$/);
});
