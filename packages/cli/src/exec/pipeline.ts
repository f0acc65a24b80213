import { type EffectDefinition, FsmError, type Json, type JsonObject, type Problem, parseMachine } from '@fsm/core';
import type { Registry } from '@fsm/effects';
import type { Io } from '../io.ts';
import { readText } from '../machine-file.ts';

/** An effect as the command line was given it, with what it is run with. */
export interface Pipeline {
  readonly effect: EffectDefinition;
  readonly context: JsonObject | undefined;
  readonly params: Json | undefined;
}

const keys = ['effect', 'context', 'params'];

/**
 * Reads one effect, or `{ effect, context?, params? }`, from a file or from standard input (`-`).
 *
 * @throws FsmError FILE_NOT_FOUND and its kin, what `parseMachine` throws, and PIPELINE_INVALID with everything that is
 * wrong in `details.problems`
 */
export async function readPipeline(path: string, registry: Registry, io: Io): Promise<Pipeline> {
  const text = path === '-' ? await readAll(io) : await readText(path);
  const { definition, locate } = parseMachine(text, path === '-' ? undefined : path);
  const given = definition as unknown;
  const wrapped = isObject(given) && !('type' in given) && 'effect' in given;
  const problems: Problem[] = wrapped ? wrapperProblems(given) : [];
  problems.push(...registry.check(wrapped ? given.effect : given, wrapped ? '$.effect' : '$'));
  if (problems.length > 0)
    throw invalid(
      path,
      problems.map((problem) => ({ ...problem, ...locate(problem.path) })),
    );
  if (!wrapped) return { effect: given as EffectDefinition, context: undefined, params: undefined };
  const { effect, context, params } = given;
  return {
    effect: effect as EffectDefinition,
    context: context as JsonObject | undefined,
    params: params as Json | undefined,
  };
}

function wrapperProblems(given: Readonly<Record<string, unknown>>): Problem[] {
  const problems: Problem[] = [];
  const problem = (code: string, key: string, message: string, hint: string) =>
    problems.push({ code, severity: 'error', path: `$.${key}`, message, hint });
  for (const key of Object.keys(given)) {
    if (!keys.includes(key)) {
      problem('UNKNOWN_KEY', key, `A pipeline has no key \`${key}\`.`, 'It has `effect`, `context` and `params`.');
    }
  }
  if (given.context !== undefined && !isObject(given.context)) {
    problem('WRONG_TYPE', 'context', 'The `context` is an object.', 'Write { "amount": 12 }.');
  }
  return problems;
}

function invalid(path: string, problems: readonly Problem[]): FsmError {
  const [first] = problems;
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
  const name = path === '-' ? 'the pipeline' : path;
  return new FsmError('PIPELINE_INVALID', `${name} is not right at ${first!.path}: ${first!.message}${more}`, {
    ...(first!.hint === undefined ? undefined : { hint: first!.hint }),
    path: first!.path,
    details: { problems },
  });
}

async function readAll({ stdin }: Io): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new FsmError('FILE_NOT_UTF8', 'Standard input is not UTF-8 text.', { hint: 'Send UTF-8.', cause });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
