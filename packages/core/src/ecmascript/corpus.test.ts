import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseXml, XmlElement } from '@rgrove/parse-xml';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { compileDataExpression, compileLocation, compileScript } from './data-model.ts';

const folder = fileURLToPath(new URL('../../test/scxml-corpus/', import.meta.url));

/** All texts of one kind in the documents, once each. */
function textsOf(pick: (element: XmlElement) => readonly (string | undefined)[]): string[] {
  const texts = new Set<string>();
  const visit = (element: XmlElement): void => {
    for (const text of pick(element)) if (text !== undefined) texts.add(text);
    for (const child of element.children) if (child instanceof XmlElement) visit(child);
  };
  for (const file of globSync('**/*.scxml', { cwd: folder })) {
    const { root } = parseXml(readFileSync(`${folder}${file}`, 'utf8'));
    if (root !== null && root.attributes.datamodel !== 'null') visit(root);
  }
  return [...texts];
}

function refusedOf(texts: readonly string[], compile: (text: string) => unknown): string[] {
  return texts.filter((text) => {
    try {
      compile(text);
      return false;
    } catch (error) {
      if (FsmError.is(error)) return true;
      throw error;
    }
  });
}

const expressionAttributes = ['cond', 'expr', 'array', 'eventexpr', 'targetexpr', 'typeexpr', 'delayexpr', 'srcexpr'];

describe('in the W3C and SCION documents', () => {
  test('every expression compiles but those that are wrong on purpose', () => {
    const texts = textsOf(({ attributes }) => expressionAttributes.map((name) => attributes[name]));
    expect(texts.length).toBeGreaterThan(200);
    expect(refusedOf(texts, compileDataExpression).sort()).toEqual(['', 'return', "{p1: 'v1'"]);
  });

  test('every location compiles but those that are wrong on purpose', () => {
    const texts = textsOf(({ name, attributes }) => (name === 'assign' ? [attributes.location] : []));
    expect(texts.length).toBeGreaterThan(10);
    expect(refusedOf(texts, compileLocation).sort()).toEqual([]);
  });

  test('every script compiles', () => {
    const written = textsOf((element) => (element.name === 'script' ? [element.text] : []));
    const files = globSync('**/*.js', { cwd: folder }).map((file) => readFileSync(`${folder}${file}`, 'utf8'));
    expect(written.length + files.length).toBeGreaterThan(10);
    expect(refusedOf([...written, ...files], compileScript)).toEqual([]);
  });
});
