import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  FsmError,
  type Implementations,
  type Locate,
  type MachineDefinition,
  type Problem,
  parseMachine,
} from '@fsm/core';
import type { RegistryOptions } from '@fsm/effects';
import type { Plugin } from '@fsm/runtime';
import { fileError } from './file-error.ts';
import { importScxmlFile } from './scxml-file.ts';

/** A machine as the command line was given it, with the code it needs. */
export interface MachineFile {
  readonly path: string;
  readonly definition: MachineDefinition;
  /** Where a JSON path stands in the file; only for JSON. */
  readonly locate: Locate | undefined;
  readonly implementations: Implementations;
  /** What `call` effects may call, by name; absent when no code says. */
  readonly functions: RegistryOptions['functions'];
  /** What `call_api` may reach, its limits and its secrets: the export `http` of the code. */
  readonly http: RegistryOptions['http'];
  /** The file the functions, guards and actions come from, when it is another one. */
  readonly codeFrom: string | undefined;
  /** What it may use and name besides the built-in plugins. */
  readonly plugins?: readonly Plugin[];
  /** What the import of a foreign format warned about. */
  readonly imported?: readonly Problem[];
}

const codeExtensions = ['.ts', '.mts', '.js', '.mjs'];
const codeBeside = ['functions.ts', 'functions.js', 'functions.mjs'];

/**
 * Reads a machine from JSON, from SCXML, or from the default export of a TypeScript or JavaScript module.
 *
 * Its functions, guards and actions, and what `call_api` may do (`http`), are the exports of those names: of the module itself, or for JSON of `codePath` or of a
 * file `functions.ts`, `.js` or `.mjs` beside the machine.
 *
 * Throws FILE_NOT_FOUND and its kin, FILE_TYPE_UNKNOWN, MODULE_FAILED, MODULE_EMPTY, and what `parseMachine` throws.
 */
export async function readMachineFile(path: string, codePath?: string): Promise<MachineFile> {
  const extension = extname(path);
  await refuseDirectory(path);
  if (extension === '.json' || extension === '.jsonc') {
    const { definition, locate } = parseMachine(await readText(path), path);
    const codeFrom = codePath ?? findCodeBeside(path);
    const code = codeFrom === undefined ? {} : await importModule(codeFrom);
    return { path, definition, locate, ...codeOf(code, codeFrom), codeFrom };
  }
  if (extension === '.scxml') return await readScxmlFile(path, codePath);
  if (!codeExtensions.includes(extension)) {
    throw new FsmError('FILE_TYPE_UNKNOWN', `${path} is neither JSON, SCXML nor a module.`, {
      hint: `Name a file that ends in .json, .jsonc, .scxml, ${codeExtensions.join(', ')}.`,
      details: { file: path },
    });
  }
  const module = await importModule(path);
  if (module.default === null || typeof module.default !== 'object') {
    throw new FsmError('MODULE_EMPTY', `${path} exports no machine.`, {
      hint: 'Write "export default defineMachine({ … })".',
      details: { file: path, exports: Object.keys(module) },
    });
  }
  const code = codePath === undefined ? module : await importModule(codePath);
  const definition = module.default as MachineDefinition;
  return { path, definition, locate: undefined, ...codeOf(code, codePath ?? path), codeFrom: codePath };
}

/** An SCXML document. With errors among its problems there is no machine: they are `details.problems` of the error. */
async function readScxmlFile(path: string, codePath: string | undefined): Promise<MachineFile> {
  const { definition, problems } = importScxmlFile(path, await readText(path));
  const errors = problems.filter((problem) => problem.severity === 'error');
  const [first] = errors;
  if (first !== undefined) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    throw new FsmError(first.code, `${path}:${first.line ?? 1}:${first.column ?? 1} ${first.message}${more}`, {
      ...(first.hint === undefined ? undefined : { hint: first.hint }),
      path: first.path,
      details: { file: path, line: first.line, column: first.column, problems },
    });
  }
  const codeFrom = codePath ?? findCodeBeside(path);
  const code = codeFrom === undefined ? {} : await importModule(codeFrom);
  // expressions are checked again with the machine
  const imported = problems.filter((problem) => problem.code !== 'EXPRESSION_SYNTAX');
  return { path, definition, locate: undefined, ...codeOf(code, codeFrom), codeFrom, imported };
}

/** The machine as it is run here, where no other code than its own will come: what it names and does not have is missing. */
export function standalone(machine: MachineFile): MachineFile {
  const { guards = {}, actions = {} } = machine.implementations;
  return { ...machine, functions: machine.functions ?? {}, implementations: { guards, actions } };
}

/** The functions of a module, by default of the one beside a file; none when there is neither. */
export async function readFunctions(
  codePath: string | undefined,
  beside: string | undefined,
): Promise<Pick<MachineFile, 'functions' | 'http' | 'codeFrom'>> {
  const from = codePath ?? (beside === undefined ? undefined : findCodeBeside(beside));
  if (from === undefined) return { functions: undefined, http: undefined, codeFrom: undefined };
  const { functions, http } = codeOf(await importModule(from), from);
  return { functions, http, codeFrom: from };
}

function findCodeBeside(path: string): string | undefined {
  return codeBeside.map((name) => join(dirname(path), name)).find((candidate) => existsSync(candidate));
}

async function refuseDirectory(path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
  } catch (error) {
    throw fileError(path, error);
  }
}

export async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw fileError(path, error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FsmError('FILE_NOT_UTF8', `${path} is not UTF-8 text.`, {
      hint: 'Save the file as UTF-8.',
      details: { file: path },
      cause,
    });
  }
}

export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  await refuseDirectory(path);
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : { name: 'Error', message: String(cause) };
    throw new FsmError('MODULE_FAILED', `${path} cannot be loaded: ${name}: ${message}`, {
      hint: `Try it alone: node ${path}`,
      details: { file: path },
      cause,
    });
  }
}

type Code = Pick<MachineFile, 'implementations' | 'functions' | 'http'>;

function codeOf(module: Readonly<Record<string, unknown>>, from: string | undefined): Code {
  for (const name of ['functions', 'guards', 'actions']) requireFunctions(module[name], name, from);
  const { functions, http, guards, actions } = module as Implementations & Partial<Code>;
  if (http !== undefined && (http === null || typeof http !== 'object')) {
    throw new FsmError('MODULE_INVALID', `In ${basename(from ?? '')}, "http" is no object.`, {
      hint: `Write "export const http = { allow: ['localhost:8080'] }".`,
      details: { file: from },
    });
  }
  return { functions, http, implementations: { ...(guards && { guards }), ...(actions && { actions }) } };
}

function requireFunctions(value: unknown, name: string, from: string | undefined): void {
  if (value === undefined) return;
  const object = value !== null && typeof value === 'object';
  const other = object ? Object.entries(value).find(([, entry]) => !isFunction(entry))?.[0] : undefined;
  if (object && other === undefined) return;
  const wrong = object ? `"${name}" holds "${other}", which is no function` : `"${name}" is no object of functions`;
  throw new FsmError('MODULE_INVALID', `In ${basename(from ?? '')}, ${wrong}.`, {
    hint: `Write "export const ${name} = { 'credit.score': async (…) => … }".`,
    details: { file: from },
  });
}

/** A function, or one that says more about itself: see `defineFunction`. */
function isFunction(value: unknown): boolean {
  if (value !== null && typeof value === 'object' && 'run' in value) return typeof value.run === 'function';
  return typeof value === 'function';
}
