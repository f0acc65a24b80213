import type { NodeReport } from '@fsm/effects';
import { expect, test } from 'vitest';
import { formatSpan, NodeTree } from './node-tree.ts';

function treeOf(...reports: readonly Partial<NodeReport>[]): NodeTree {
  const tree = new NodeTree();
  for (const report of reports) tree.note({ path: '', kind: 'sequence', phase: 'started', at: 0, ...report });
  return tree;
}

const texts = (tree: NodeTree, limit = 10) => tree.lines(2_000, limit).map(({ text }) => text);

test('what runs stands below what it runs in, with the time it has taken so far and what it says of itself', () => {
  const tree = treeOf(
    {},
    { path: '0', kind: 'retry', parent: '', at: 500 },
    { path: '0#2.0', kind: 'call', parent: '0', at: 1_600, attempt: 2 },
    { path: '0#2.0', kind: 'call', parent: '0', at: 1_700, phase: 'progressed', message: '40\n\u001b[2J%' },
  );
  expect(texts(tree)).toEqual([
    '● sequence  2.0 s',
    '  ● retry  0  1.5 s',
    '    ● call  0#2.0  attempt 2  400 ms  40 [2J%',
  ]);
});

test('what ended well is one line, whatever was inside', () => {
  const tree = treeOf(
    {},
    { path: '0', kind: 'race', parent: '' },
    { path: '0.0', kind: 'call', parent: '0' },
    { path: '0.0', kind: 'call', parent: '0', phase: 'finished', duration: 3 },
    { path: '0', kind: 'race', parent: '', phase: 'finished', duration: 12 },
  );
  expect(texts(tree)).toEqual(['● sequence  2.0 s', '  ✓ race  0  12 ms']);
});

test('what is undone says so', () => {
  const node = { path: '0', kind: 'with_compensation', parent: '' };
  const tree = treeOf(
    {},
    node,
    { ...node, phase: 'finished', duration: 3 },
    { ...node, phase: 'compensating', at: 1_500 },
  );
  tree.note({ ...node, path: '0.1', kind: 'call', phase: 'started', at: 1_500, parent: '0' });
  expect(texts(tree).slice(1)).toEqual([
    '  ↩ with_compensation  0  is being undone  500 ms',
    '    ● call  0.1  500 ms',
  ]);
  tree.note({ ...node, phase: 'finished', at: 1_900, duration: 400 });
  expect(texts(tree).slice(1)).toEqual(['  ↩ with_compensation  0  undone  400 ms']);
});

test('with too little room, what is done gives way', () => {
  const done = [0, 1, 2, 3].flatMap((index): Partial<NodeReport>[] => [
    { path: `${index}`, kind: 'call', parent: '' },
    { path: `${index}`, kind: 'call', parent: '', phase: 'finished', duration: 1 },
  ]);
  const tree = treeOf({}, ...done, { path: '4', kind: 'delay', parent: '' });
  expect(texts(tree, 3)).toEqual(['● sequence  2.0 s', '  ● delay  4  2.0 s', '… 4 more']);
});

test('times are short', () => {
  expect([0, 999, 3_420, 302_000].map(formatSpan)).toEqual(['0 ms', '999 ms', '3.4 s', '5 min 2 s']);
});
