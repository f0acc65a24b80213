import { stripTypeScriptTypes } from 'node:module';
import { parse } from 'acorn';

/** One mention of another module in a source file. */
export interface Import {
  /** As written: `./error.ts`, `@fsm/core`, `node:fs`. */
  readonly specifier: string;
  readonly line: number;
  /** Erased before the code runs: `import type`, `export type`, `import('…').Name` in a type. */
  readonly typeOnly: boolean;
}

export interface Scan {
  readonly imports: readonly Import[];
  /** Names of Node globals the code uses, with their line. */
  readonly nodeGlobals: readonly { readonly name: string; readonly line: number }[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const nodeGlobalNames: ReadonlySet<string> = new Set([
  'process',
  'Buffer',
  'setImmediate',
  'require',
  '__dirname',
  '__filename',
]);

/** Every import of a TypeScript source, those that are only types included. Throws a SyntaxError for what does not parse. */
export function scanSource(source: string): Scan {
  // Stripping blanks types in place, so positions stay; what it blanked is what does not exist at run time.
  const code = stripTypeScriptTypes(source, { mode: 'strip' });
  const lines = lineCounter(source);
  const imports: Import[] = [];
  const nodeGlobals: { name: string; line: number }[] = [];
  const add = (specifier: string, position: number, typeOnly: boolean) =>
    imports.push({ specifier, line: lines(position), typeOnly });

  visit(
    parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true }) as unknown as Node,
    (node, parent) => {
      const target = node.source as { value?: unknown } | null | undefined;
      if (importing.has(node.type) && typeof target?.value === 'string') add(target.value, node.start, false);
      if (node.type === 'Identifier' && nodeGlobalNames.has(node.name as string) && !namesProperty(node, parent)) {
        nodeGlobals.push({ name: node.name as string, line: lines(node.start) });
      }
    },
  );
  for (const match of source.matchAll(typeImport)) {
    const blanked = code[match.index] === ' ' || code[match.index] === undefined;
    if (blanked) add(match[1] ?? match[2] ?? '', match.index, true);
  }
  return { imports: imports.sort((a, b) => a.line - b.line), nodeGlobals };
}

const importing: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ImportExpression',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
]);

const typeImport = /\b(?:import|export)\s+type\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function namesProperty(node: Node, parent: Node | undefined): boolean {
  if (parent?.type === 'MemberExpression') return parent.property === node && parent.computed !== true;
  if (parent?.type === 'Property') return parent.key === node && parent.computed !== true && parent.shorthand !== true;
  return parent?.type === 'PropertyDefinition' || parent?.type === 'MethodDefinition';
}

function visit(node: Node, enter: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  enter(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child !== null && typeof child === 'object' && 'type' in child) visit(child as Node, enter, node);
    }
  }
}

function lineCounter(source: string): (position: number) => number {
  const starts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return (position) => {
    const after = starts.findIndex((start) => start > position);
    return after === -1 ? starts.length : after;
  };
}
