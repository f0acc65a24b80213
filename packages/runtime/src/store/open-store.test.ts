import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openStore } from './open-store.ts';
import { temporaryFolder } from './test-places.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

test('a text names a store: memory, a directory of JSON lines, or an SQLite file', () => {
  mkdirSync(join(folder, 'existing'));
  const nameOf = (target: string) => openStore(target).name;
  expect(nameOf('memory:')).toBe('memory');
  expect(nameOf(join(folder, 'new/'))).toBe('jsonl');
  expect(nameOf(join(folder, 'existing'))).toBe('jsonl');
  expect(nameOf(join(folder, 'orders.db'))).toBe('sqlite');
  expect(nameOf(join(folder, 'orders'))).toBe('sqlite');
});

test('a place is named in messages as it was given', () => {
  expect(openStore('orders.db')).toMatchObject({ location: 'orders.db' });
  expect(openStore('orders/')).toMatchObject({ location: 'orders/' });
});
