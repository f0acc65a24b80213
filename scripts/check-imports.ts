/**
 * Checks the arrows of the architecture: which package may import which, that packages meet only at their exports,
 * that files of a package do not import each other in circles, and that what runs in a browser needs no Node.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Import, type Scan, scanSource } from './imports.ts';

/** Each package, and the packages below it that it may import. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  effects: ['core'],
  runtime: ['effects', 'core'],
  ai: ['runtime', 'effects', 'core'],
  mcp: ['runtime', 'effects', 'core'],
  server: ['mcp', 'ai', 'runtime', 'effects', 'core'],
  client: ['core'],
  web: ['client', 'core'],
  cli: ['server', 'client', 'mcp', 'ai', 'runtime', 'effects', 'core'],
  cluster: ['runtime', 'effects', 'core'],
};

const browserPackages: ReadonlySet<string> = new Set(['core', 'client', 'web']);

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: 'direction' | 'deep import' | 'circle' | 'browser' | 'syntax';
  readonly message: string;
}

interface SourceFile {
  readonly path: string;
  readonly package: string;
  readonly test: boolean;
  readonly scan: Scan;
}

/** Every violation below `root/packages`, ordered by file and line. */
export function checkImports(root: string): Violation[] {
  const violations: Violation[] = [];
  const files = readSources(root, violations);
  for (const file of files.values()) {
    for (const found of file.scan.imports) {
      const [rule, message] = judge(root, file, found) ?? [];
      if (rule && message) violations.push({ file: relative(root, file.path), line: found.line, rule, message });
    }
    if (browserPackages.has(file.package) && !file.test) {
      for (const { name, line } of file.scan.nodeGlobals) {
        const message = `uses ${name}, a global of Node; ${file.package} must run in a browser`;
        violations.push({ file: relative(root, file.path), line, rule: 'browser', message });
      }
    }
  }
  violations.push(...findCircles(root, files));
  return violations.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

function readSources(root: string, violations: Violation[]): Map<string, SourceFile> {
  const files = new Map<string, SourceFile>();
  const packages = join(root, 'packages');
  for (const name of readdirSync(packages).sort()) {
    for (const folder of ['src', 'test', 'bin']) {
      const directory = join(packages, name, folder);
      if (!existsSync(directory)) continue;
      for (const entry of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
        if (!/\.(ts|js|mjs)$/.test(entry) || entry.endsWith('.d.ts')) continue;
        const path = join(directory, entry);
        const test = folder === 'test' || /\.test\.[a-z]+$|(^|\/)testing\//.test(entry.replaceAll(sep, '/'));
        try {
          files.set(path, { path, package: name, test, scan: scanSource(readFileSync(path, 'utf8')) });
        } catch (error) {
          const message = `cannot be parsed: ${(error as Error).message}`;
          violations.push({ file: relative(root, path), line: 1, rule: 'syntax', message });
        }
      }
    }
  }
  return files;
}

function judge(root: string, file: SourceFile, { specifier }: Import): [Violation['rule'], string] | undefined {
  const home = join(root, 'packages', file.package);
  if (specifier.startsWith('.')) {
    const target = resolve(dirname(file.path), specifier);
    if (target.startsWith(home + sep)) return undefined;
    const elsewhere = target.startsWith(join(root, 'packages') + sep);
    // The tests of a package may run the examples.
    if (file.test && !elsewhere) return undefined;
    return [
      'deep import',
      `imports ${specifier}, outside its package; ${elsewhere ? 'import the other package by name' : 'nothing there is part of it'}`,
    ];
  }
  if (isBuiltin(specifier)) {
    if (!browserPackages.has(file.package) || file.test) return undefined;
    return ['browser', `imports ${specifier}; ${file.package} must run in a browser`];
  }
  const [, other, subpath] = /^@fsm\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  if (other === undefined) return undefined;
  // A test may use its package as others do.
  if (other === file.package && file.test) return undefined;
  if (other === file.package) return ['circle', `imports its own package by name; import the module itself`];
  const below = arrows[file.package];
  if (below === undefined)
    return ['direction', `${file.package} has no place yet in the arrows of scripts/check-imports.ts`];
  if (!below.includes(other)) {
    const allowed = below.length === 0 ? 'no other package' : below.join(', ');
    return ['direction', `imports ${specifier}, which is not below it; ${file.package} may import ${allowed}`];
  }
  if (subpath !== undefined && !exportsOf(root, other).includes(`./${subpath}`)) {
    return ['deep import', `imports ${specifier}, which @fsm/${other} does not export; import what its exports list`];
  }
  return undefined;
}

function exportsOf(root: string, name: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
  return Object.keys(manifest.exports ?? {});
}

/** One violation for each circle of value imports inside a package; types may refer to each other freely. */
function findCircles(root: string, files: ReadonlyMap<string, SourceFile>): Violation[] {
  const violations: Violation[] = [];
  const state = new Map<string, 'open' | 'closed'>();
  const trail: string[] = [];
  const walk = (path: string) => {
    state.set(path, 'open');
    trail.push(path);
    for (const { specifier, typeOnly, line } of files.get(path)?.scan.imports ?? []) {
      if (typeOnly || !specifier.startsWith('.')) continue;
      const target = resolve(dirname(path), specifier);
      if (state.get(target) === 'open') {
        const circle = [...trail.slice(trail.indexOf(target)), target].map((step) => relative(root, step));
        violations.push({ file: relative(root, path), line, rule: 'circle', message: circle.join(' → ') });
      } else if (files.has(target) && !state.has(target)) walk(target);
    }
    trail.pop();
    state.set(path, 'closed');
  };
  for (const path of files.keys()) if (!state.has(path)) walk(path);
  return violations;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const violations = checkImports(dirname(dirname(fileURLToPath(import.meta.url))));
  for (const { file, line, rule, message } of violations) console.log(`${file}:${line}  ${rule}: ${message}`);
  if (violations.length > 0)
    console.log(`\n${violations.length} of the imports break the arrows of docs/architecture.md`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
