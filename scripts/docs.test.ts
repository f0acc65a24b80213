import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Every command and snippet of the documentation is run here, in a folder that looks like the repository to a reader. */
const root = fileURLToPath(new URL('..', import.meta.url));
const pages = globSync(['*.md', 'docs/*.md', 'examples/*/README.md'], { cwd: root }).sort();
const blocks = pages.flatMap((page) => blocksOf(page));

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fsm-docs-'));
  for (const name of ['examples', 'node_modules', 'packages']) symlinkSync(join(root, name), join(folder, name));
  const machine = blocks.find(({ page, language }) => page === 'README.md' && language === 'jsonc');
  writeFileSync(join(folder, 'door.json'), machine?.code ?? '');
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, name = '', code = ''] of text.matchAll(/Save this as `([\w.-]+)`:\n\n```jsonc\n([\s\S]*?)^```$/gm)) {
      writeFileSync(join(folder, name), code);
    }
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the documentation', () => {
  test('has pages with commands and a machine to run', () => {
    expect(pages).toContain('README.md');
    expect(blocks.length).toBeGreaterThan(5);
  });

  const commands = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ page, code }) => code.split('\n').map((line) => ({ page, line: line.trim() })))
    .filter(({ line }) => line !== '' && !line.startsWith('#'));

  test.each(commands)('$page: $line', { timeout: 60_000 }, ({ line }) => {
    const command = line.replace(/\s+#.*$/, '');
    if (/^npm (start|test|run)\b/.test(command)) {
      const [, first = '', second = ''] = command.split(' ');
      expect(readScripts(), 'the command is a script of the project').toHaveProperty(first === 'run' ? second : first);
      return;
    }
    // The real log is not part of the repository; its commands are run by the test of the example where it exists.
    if (command.includes('../shared') || /^(git|cd) /.test(command)) return;
    execFileSync('bash', ['-ceu', command.replaceAll('npx fsm', 'fsm')], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  });

  const programs = blocks.filter(({ language }) => language === 'ts').map((block, index) => ({ ...block, index }));

  test.each(programs)('$page: program $index prints what it says', { timeout: 60_000 }, ({ code, index }) => {
    const file = join(folder, `program-${index}.ts`);
    writeFileSync(file, code);
    const printed = execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
    const said = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
    expect(printed.trim().split('\n').filter(Boolean)).toEqual(said);
  });
});

interface Block {
  readonly page: string;
  readonly language: string;
  readonly code: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    page,
    language,
    code,
  }));
}

function readScripts(): Record<string, string> {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
}
