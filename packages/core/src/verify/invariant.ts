import type { Node } from 'acorn';
import { isPlainObject } from '../definition/plain.ts';
import { listNames, suggest } from '../definition/suggest.ts';
import { FsmError } from '../error.ts';
import { compileExpression, type ExpressionScope } from '../expression/expression.ts';
import type { JsonObject } from '../json.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import type { Chart, ChartState } from './chart.ts';
import { nodesIn, syntaxOf } from './expression-syntax.ts';

/** What must be true of every moment of every instance. */
export interface InvariantDefinition {
  readonly name?: string;
  /** `!active('approved') || entered('checked')` */
  readonly expression: string;
}

export interface Invariant {
  readonly name: string;
  readonly expression: string;
  /** JSON path, for those that stand in the machine. */
  readonly path: string;
  /** Paths of the states it asks about with `entered`. */
  readonly entered: readonly string[];
  /** As the exploration's data flow reads it. */
  readonly rewritten: string;
  holds(moment: InvariantMoment): boolean;
}

export interface InvariantMoment {
  readonly snapshot: Snapshot;
  readonly active: ReadonlySet<string>;
  readonly entered: ReadonlySet<string>;
  readonly tags: readonly string[];
}

const roots = ['context', 'status', 'tags', 'output', 'error', 'configuration', 'active', 'entered'];

/**
 * Compiles an invariant. It sees `context`, `status`, `tags`, `configuration` (the paths of the active leaves), `output`
 * and `error`, and asks `active('path')` and `entered('path')`: whether the state is active, and whether it ever was.
 *
 * @throws FsmError INVARIANT_INVALID
 */
export function compileInvariant(definition: InvariantDefinition, path: string, chart: Chart): Invariant {
  const { expression, name = expression } = definition;
  const { rewritten, asked } = withoutCalls(expression, path, chart);
  const entered = [...new Set(asked.filter(({ helper }) => helper === 'entered').map(({ state }) => state.path))];
  const named = [...new Set(asked.map(({ state }) => state.path))];
  const compiled = compile(rewritten, path);
  return {
    name,
    expression,
    path,
    entered,
    rewritten,
    holds: ({ snapshot, active, entered: before, tags }) => {
      const { context, status, configuration, output = null, error = null } = snapshot;
      const isIn = (states: ReadonlySet<string>) => Object.fromEntries(named.map((one) => [one, states.has(one)]));
      const scope = {
        context,
        status,
        tags,
        configuration,
        output,
        error,
        active: isIn(active),
        entered: isIn(before),
      };
      return compiled.evaluateTest(scope as ExpressionScope);
    },
  };
}

function compile(source: string, path: string) {
  try {
    return compileExpression(source, { path, roots });
  } catch (cause) {
    if (!FsmError.is(cause)) throw cause;
    throw new FsmError('INVARIANT_INVALID', `The invariant at ${path} cannot be read: ${cause.message}`, {
      hint: cause.hint ?? `Write an expression over ${roots.join(', ')}.`,
      path,
      cause,
    });
  }
}

interface Asked {
  readonly helper: 'active' | 'entered';
  readonly state: ChartState;
}

/** `active('a.b')` becomes `active["a.b"]`: the expression language knows no functions but its own, and needs none. */
function withoutCalls(source: string, path: string, chart: Chart): { rewritten: string; asked: readonly Asked[] } {
  const syntax = syntaxOf(source);
  if (syntax === undefined) return { rewritten: source, asked: [] };
  const asked: Asked[] = [];
  const changes: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  for (const node of nodesIn(syntax)) {
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') continue;
    const helper = node.callee.name;
    if (helper !== 'active' && helper !== 'entered') continue;
    const state = askedState(helper, node.arguments, source, path, chart);
    asked.push({ helper, state });
    changes.push({ start: node.start, end: node.end, text: `${helper}[${JSON.stringify(state.path)}]` });
  }
  const rewritten = changes
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), source);
  return { rewritten, asked };
}

function askedState(helper: string, given: readonly Node[], source: string, path: string, chart: Chart): ChartState {
  const [argument] = given as readonly (Node & { readonly value?: unknown })[];
  if (given.length !== 1 || argument?.type !== 'Literal' || typeof argument.value !== 'string') {
    throw new FsmError('INVARIANT_INVALID', `\`${helper}\` in \`${source}\` needs the path of one state, as text.`, {
      hint: `Write \`${helper}('${chart.states[1]?.path ?? 'state'}')\`.`,
      path,
    });
  }
  const text = argument.value;
  const state = chart.byPath.get(text) ?? (text.startsWith('#') ? chart.reference(text) : undefined);
  if (state !== undefined) return state;
  const paths = chart.states.slice(1).map((one) => one.path);
  const meant = suggest(text, paths);
  throw new FsmError('INVARIANT_INVALID', `The machine "${chart.definition.id}" has no state "${text}".`, {
    hint: meant === undefined ? `Its states are ${listNames(paths, 20)}.` : `Did you mean "${meant}"?`,
    path,
    details: { asked: text, exists: paths },
  });
}

/**
 * The invariants of a machine: `meta.invariants`, a list of expressions or of `{ "name", "expression" }`.
 *
 * @throws FsmError INVARIANT_INVALID
 */
export function invariantsOf(chart: Chart): readonly Invariant[] {
  const { meta } = chart.definition;
  const listed: unknown = meta === undefined ? undefined : (meta as JsonObject).invariants;
  if (listed === undefined) return [];
  const items: readonly unknown[] = Array.isArray(listed) ? listed : [listed];
  return items.map((item, index) => {
    const path = Array.isArray(listed) ? `$.meta.invariants[${index}]` : '$.meta.invariants';
    if (typeof item === 'string') return compileInvariant({ expression: item }, path, chart);
    if (isPlainObject(item) && typeof item.expression === 'string') {
      const { name, expression } = item;
      return compileInvariant(typeof name === 'string' ? { name, expression } : { expression }, path, chart);
    }
    throw new FsmError('INVARIANT_INVALID', `${path} is no invariant.`, {
      hint: 'Write `{ "name": "…", "expression": "!active(\'paid\') || context.amount > 0" }`.',
      path,
    });
  });
}
