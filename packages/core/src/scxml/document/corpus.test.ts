import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportScxml } from './export.ts';
import { importScxml } from './import.ts';

const corpus = join(import.meta.dirname, '../../../test/scxml-corpus');
const documents = globSync('**/*.scxml', { cwd: corpus }).sort();
const tests = documents.filter((name) => existsSync(join(corpus, name.replace(/\.scxml$/, '.json'))));

/** Documents of the corpus that must be refused, with the reason. Neither is one of the 316 tests. */
const refused: Readonly<Record<string, string>> = {
  'w3c-ecma/test301.txml.scxml': 'its script cannot be loaded, and the recommendation asks to reject it',
};

function importDocument(name: string) {
  const path = join(corpus, name);
  const load = (address: string) => {
    const file = join(dirname(path), address);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  return importScxml(readFileSync(path, 'utf8'), { load });
}

describe('the SCXML corpus', () => {
  test('has all 316 tests', () => {
    expect(tests).toHaveLength(316);
    expect(tests.filter((name) => name in refused)).toEqual([]);
  });

  test('every document is imported without errors', () => {
    const errors = documents.map((name) => [
      name,
      importDocument(name)
        .problems.filter(({ severity }) => severity === 'error')
        .map(({ code }) => code),
    ]);
    const failed = errors.filter(([, codes]) => codes!.length > 0);
    expect(failed).toEqual(Object.keys(refused).map((name) => [name, ['SOURCE_MISSING']]));
  });

  test('warnings are only about expressions that are wrong on purpose, and about a transition of the whole document', () => {
    const codes = new Set(documents.flatMap((name) => importDocument(name).problems.map((problem) => problem.code)));
    expect([...codes].sort()).toEqual(['EXPRESSION_SYNTAX', 'MISPLACED_ELEMENT', 'SOURCE_MISSING']);
  });

  test('every document survives export and import', () => {
    for (const name of documents) {
      const { definition } = importDocument(name);
      const { text, problems } = exportScxml(definition);
      expect(problems, name).toEqual([]);
      const again = importScxml(text!).definition;
      expect(again, name).toEqual(definition);
      // the order of keys is the order of the document
      expect(JSON.stringify(again), name).toBe(JSON.stringify(definition));
    }
  });
});
