import { readFile } from 'node:fs/promises';
import { compile, FsmError, type JsonObject, type Machine, parseScenario, type Scenario } from '@fsm/core';
import { InvalidArgumentError } from 'commander';
import { fileError } from '../file-error.ts';
import type { Io } from '../io.ts';
import { readMachineFile } from '../machine-file.ts';
import { requireValid } from '../machine-problems.ts';

/** A machine that can be simulated: its guards and actions must be there, what its effects call need not. */
export async function readSimulatedMachine(path: string, functions: string | undefined): Promise<Machine> {
  const file = await readMachineFile(path, functions);
  const { guards = {}, actions = {} } = file.implementations;
  requireValid({ ...file, implementations: { guards, actions } });
  return compile(file.definition, { implementations: { guards, actions } });
}

/** A scenario file, or standard input for `-`. Errors name the file. */
export async function readScenarioFile(path: string, { stdin }: Io): Promise<Scenario> {
  try {
    return parseScenario(path === '-' ? await readAll(stdin) : await readFile(path, 'utf8'));
  } catch (error) {
    if (!FsmError.is(error)) throw fileError(path, error);
    const { code, message, hint, details } = error;
    throw new FsmError(code, `${path === '-' ? 'standard input' : path}: ${message}`, {
      ...(hint === undefined ? undefined : { hint }),
      details: { ...details, file: path },
      cause: error,
    });
  }
}

async function readAll(stdin: Io['stdin']): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** The value of an option that is a JSON object. */
export function parseJsonObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // what follows says it
  }
  throw new InvalidArgumentError('Give a JSON object, for example \'{"amount": 5}\'.');
}
