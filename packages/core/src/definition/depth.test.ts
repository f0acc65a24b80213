import fc from 'fast-check';
import { parseTree } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { checkDepth } from './depth.ts';

function passes(text: string, limit?: number): boolean {
  try {
    checkDepth(text, limit);
    return true;
  } catch (error) {
    if (FsmError.is(error) && error.code === 'TOO_DEEP') return false;
    throw error;
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('checkDepth', () => {
  test('lets 64 levels pass and refuses 65', () => {
    expect(passes('['.repeat(64) + ']'.repeat(64))).toBe(true);
    expect(passes('['.repeat(65) + ']'.repeat(65))).toBe(false);
    expect(passes(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`)).toBe(false);
  });

  test('says where the bracket that goes too far stands', () => {
    expect(() => checkDepth('[\n  [\n    [[]]]]', 3)).toThrowError(
      expect.objectContaining({ code: 'TOO_DEEP', details: { limit: 3, line: 3, column: 6 } }),
    );
  });

  test('does not count brackets in strings, also after escapes', () => {
    expect(passes('["[[[[", "\\"[[[", "\\\\"]', 1)).toBe(true);
    expect(passes('["\\\\", [[]]]', 2)).toBe(false);
  });

  test('agrees with the parsed value for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, pretty) => {
        const text = JSON.stringify(value, undefined, pretty ? 2 : undefined);
        const depth = depthOf(JSON.parse(text));
        expect(passes(text, depth)).toBe(true);
        if (depth > 0) expect(passes(text, depth - 1)).toBe(false);
      }),
    );
  });

  test('counts no less than a tolerant parser reaches in text that is not JSON', () => {
    const pieces = fc.constantFrom('[', ']', '{', '}', '"', '\\', '/*', '*/', '//', '\n', '\r', ',', ':', '"a":', '1');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const text = parts.join('');
        const reached = treeDepth(text);
        if (reached > 0) expect(passes(text, reached - 1)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test('stays with text that hides brackets behind a broken string or a comment', () => {
    for (const start of ['"\n', '/* " */', '// "\n', '[}']) {
      expect(passes(start + '['.repeat(10_000))).toBe(false);
    }
  });

  test('takes one pass over 10 MB', () => {
    const started = performance.now();
    expect(passes(`{"a":"${'x'.repeat(10_000_000)}"}`)).toBe(true);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

function treeDepth(text: string): number {
  const errors: [] = [];
  const visit = (node: ReturnType<typeof parseTree>): number => {
    if (node === undefined) return 0;
    const own = node.type === 'array' || node.type === 'object' ? 1 : 0;
    return own + Math.max(0, ...(node.children ?? []).map(visit));
  };
  return visit(parseTree(text, errors, { disallowComments: false, allowTrailingComma: true }));
}
