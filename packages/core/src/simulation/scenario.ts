import { getNodeValue, type Node, type ParseError, parseTree } from 'jsonc-parser';
import { checkDepth } from '../definition/depth.ts';
import { isPlainObject } from '../definition/plain.ts';
import { listNames, suggest } from '../definition/suggest.ts';
import { FsmError } from '../error.ts';
import type { Json, JsonObject } from '../json.ts';
import type { ScriptedOutcome } from './scripted-effects.ts';
import type { SimulationResult } from './simulation.ts';
import type { Expectation, SimulationStep } from './step.ts';

/** Steps to play, and what they start from: what a scenario file holds. */
export interface Scenario {
  /** Path of the machine, for people. */
  readonly machine?: string;
  readonly description?: string;
  readonly input?: JsonObject;
  readonly now?: number;
  /** How effects end by themselves, by invocation id. */
  readonly effects?: { readonly [invocation: string]: ScriptedOutcome | readonly ScriptedOutcome[] };
  readonly steps: readonly SimulationStep[];
  /** In which line of the file each step stands. */
  readonly lines?: readonly number[];
}

type Header = Omit<Scenario, 'steps' | 'lines'>;

/** What the value of each key of the first line must be. */
const headerShapes: Readonly<Record<keyof Header, (value: Json) => boolean>> = {
  machine: isText,
  description: isText,
  input: isPlainObject,
  now: (value) => Number.isSafeInteger(value),
  effects: isPlainObject,
};

const stepShapes: Readonly<
  Record<string, { readonly keys: readonly string[]; fits(value: Json): boolean; readonly want: string }>
> = {
  event: { keys: [], fits: isEvent, want: 'an event type, or {"type": …, "data": …}' },
  advance: { keys: [], fits: (value) => isText(value) || typeof value === 'number', want: 'a duration like "30s"' },
  done: { keys: ['output'], fits: isText, want: 'the id of an invocation' },
  failed: { keys: ['error'], fits: isText, want: 'the id of an invocation' },
  patch: { keys: [], fits: isPlainObject, want: 'an object: context path to value' },
  expect: { keys: [], fits: isPlainObject, want: 'an object of what must be true' },
};

const expectationShapes: Readonly<Record<keyof Expectation, (value: Json) => boolean>> = {
  configuration: isTexts,
  active: isTexts,
  status: (value) => value === 'active' || value === 'done' || value === 'error',
  context: isPlainObject,
  output: () => true,
  taken: (value) => typeof value === 'boolean',
  running: isTexts,
  error: isText,
};

/**
 * Reads a scenario: one JSON object per line, or one list of them. The first may say what the scenario starts from; lines
 * that begin with `//` are comments.
 *
 * ```ts
 * parseScenario('{"event":"OPEN"}\n{"expect":{"configuration":["open"]}}').steps.length; // 2
 * ```
 *
 * @throws FsmError SCENARIO_INVALID with `details.line`, TOO_DEEP
 */
export function parseScenario(text: string): Scenario {
  checkDepth(text);
  const values = text.trimStart().startsWith('[') ? readList(text) : readLines(text);
  let header: Header = {};
  const steps: SimulationStep[] = [];
  const lines: number[] = [];
  for (const [index, { value, line }] of values.entries()) {
    if (index === 0 && isHeader(value)) {
      header = readHeader(value, line);
      continue;
    }
    steps.push(readStep(value, line));
    lines.push(line);
  }
  return { ...header, steps, lines };
}

/** The scenario as a file: what it starts from, then one step per line. `parseScenario` reads it back. */
export function formatScenario({ steps, lines: _, ...header }: Scenario): string {
  const first = Object.values(header).some((value) => value !== undefined) ? [JSON.stringify(header)] : [];
  return [...first, ...steps.map((step) => JSON.stringify(step)), ''].join('\n');
}

/**
 * The scenario of a simulation so far: every step, followed by what it came to, so that a later change of the machine
 * shows.
 */
export function recordScenario(
  simulation: { readonly started: SimulationResult; readonly results: readonly SimulationResult[] },
  header: Header = {},
): Scenario {
  let before = simulation.started;
  const steps: SimulationStep[] = [{ expect: outcomeOf(before, undefined) }];
  for (const result of simulation.results) {
    if (result.step === undefined || 'expect' in result.step) continue;
    steps.push(result.step, { expect: outcomeOf(result, before) });
    before = result;
  }
  return { ...header, steps };
}

/** What a result is to be recognised by: where the instance is, and the keys of the context that changed. */
function outcomeOf(
  { step, snapshot, taken, error }: SimulationResult,
  before: SimulationResult | undefined,
): Expectation {
  const { configuration, status, context, output } = snapshot;
  const changed = Object.entries(context).filter(
    ([key, value]) => before !== undefined && before.snapshot.context[key] !== value && /^[^.]+$/.test(key),
  );
  return {
    configuration,
    ...(status !== 'active' && { status }),
    ...(changed.length > 0 && { context: Object.fromEntries(changed) }),
    ...(output !== undefined && { output }),
    ...(step !== undefined && !('advance' in step) && !taken && error === undefined && { taken }),
    ...(error && { error: error.code }),
  };
}

interface Placed {
  readonly value: Json;
  readonly line: number;
}

function readLines(text: string): readonly Placed[] {
  return text.split(/\r\n|\n|\r/).flatMap((content, index) => {
    const trimmed = content.replace(/^\uFEFF/, '').trim();
    if (trimmed === '' || trimmed.startsWith('//')) return [];
    try {
      return [{ value: JSON.parse(trimmed) as Json, line: index + 1 }];
    } catch (cause) {
      const example = 'Write one JSON object per line, for example {"event":"SUBMIT"}.';
      throw invalid(index + 1, `is not JSON: ${(cause as Error).message}`, example);
    }
  });
}

function readList(text: string): readonly Placed[] {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const lineAt = (offset: number) => text.slice(0, offset).split(/\r\n|\n|\r/).length;
  const wrong = errors[0];
  if (wrong !== undefined || root?.type !== 'array') {
    throw invalid(lineAt(wrong?.offset ?? 0), 'is not JSON', 'Write a list of steps, or one JSON object per line.');
  }
  return (root.children ?? []).map((node: Node) => ({ value: getNodeValue(node) as Json, line: lineAt(node.offset) }));
}

function isHeader(value: Json): value is JsonObject {
  const keys = isPlainObject(value) ? Object.keys(value) : [];
  return (
    keys.length > 0 &&
    !keys.some((key) => Object.hasOwn(stepShapes, key)) &&
    keys.some((key) => Object.hasOwn(headerShapes, key))
  );
}

function readHeader(value: JsonObject, line: number): Header {
  checkKeys(value, headerShapes, line, 'the first line');
  return value as Header;
}

function readStep(value: Json, line: number): SimulationStep {
  if (!isPlainObject(value)) throw invalid(line, 'is not an object', 'Write a step, for example {"event":"SUBMIT"}.');
  const keys = Object.keys(value);
  const kind = keys.find((key) => Object.hasOwn(stepShapes, key));
  if (kind === undefined) {
    const similar = keys.map((key) => suggest(key, Object.keys(stepShapes))).find((name) => name !== undefined);
    const ofRun = 'type' in value ? 'Events are written {"event":{"type":…,"data":…}}.' : undefined;
    const hint = similar === undefined ? ofRun : `Did you mean "${similar}"?`;
    throw invalid(line, 'is no step', hint ?? `Steps: ${listNames(Object.keys(stepShapes))}.`);
  }
  const { keys: others, fits, want } = stepShapes[kind]!;
  const extra = keys.find((key) => key !== kind && !others.includes(key));
  if (extra !== undefined) {
    throw invalid(line, `has "${extra}" beside "${kind}"`, `Beside it may stand: ${listNames(others) || 'nothing'}.`);
  }
  const content = value[kind] as Json;
  if (!fits(content)) throw invalid(line, `has an unusable "${kind}"`, `Give ${want}.`);
  if (kind === 'expect') checkKeys(content as JsonObject, expectationShapes, line, '"expect"');
  return value as SimulationStep;
}

function checkKeys(
  value: JsonObject,
  shapes: Readonly<Record<string, (value: Json) => boolean>>,
  line: number,
  what: string,
): void {
  for (const [key, content] of Object.entries(value)) {
    if (!Object.hasOwn(shapes, key)) {
      const similar = suggest(key, Object.keys(shapes));
      const hint = similar === undefined ? `Keys: ${listNames(Object.keys(shapes))}.` : `Did you mean "${similar}"?`;
      throw invalid(line, `has the key "${key}", which ${what} does not have`, hint);
    }
    if (!shapes[key]!(content)) {
      throw invalid(line, `has an unusable "${key}": ${JSON.stringify(content)}`, `See the other steps for its form.`);
    }
  }
}

function invalid(line: number, problem: string, hint: string): FsmError {
  return new FsmError('SCENARIO_INVALID', `Line ${line} ${problem}.`, { hint, details: { line } });
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

function isTexts(value: Json): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isEvent(value: Json): boolean {
  return isText(value) || (isPlainObject(value) && isText(value.type as Json));
}
