import { describe, expect, test } from 'vitest';
import { major, outdated } from './setup.mjs';

const lock = {
  packages: {
    '': { name: 'fsm' },
    'node_modules/acorn': { version: '8.19.0' },
    'node_modules/@fsm/core': { link: true },
    'node_modules/for-another-platform': { version: '1.0.0', optional: true },
  },
};

describe('setup', () => {
  test('an installed tree that has every package of the lock file needs nothing', () => {
    const installed = {
      packages: { 'node_modules/acorn': { version: '8.19.0' }, 'node_modules/@fsm/core': { link: true } },
    };
    expect(outdated(lock, installed)).toEqual([]);
  });

  test('a missing tree, a missing package and another version are each noticed', () => {
    expect(outdated(lock, undefined)).toEqual(['acorn is missing', '@fsm/core is missing']);
    expect(outdated(lock, { packages: { 'node_modules/acorn': { version: '8.0.0' } } })).toEqual([
      'acorn is 8.0.0, not 8.19.0',
      '@fsm/core is missing',
    ]);
  });

  test('the major version is read with and without a leading v', () => {
    expect([major('v24.1.0'), major('20.20.2\n')]).toEqual([24, 20]);
  });
});
