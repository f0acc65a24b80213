// biome-ignore-all lint/suspicious/noThenProperty: `then` is a parameter of `choose`, and never a function
import type { EffectDefinition, Json, JsonObject } from '@fsm/core';
import {
  after,
  attemptAt,
  below,
  cut,
  type Decide,
  failure,
  type Happening,
  isFailure,
  isSuccess,
  isWithin,
  type Node,
  never,
  type Outcome,
  outputOf,
  type Place,
  sideBySide,
  type Trace,
  valueAt,
  type Write,
  written,
} from './model-trace.ts';

/**
 * What effects mean, said a second time, slowly and without any of the executor: the reference that random trees are
 * compared with. It computes what happens at which time from the definition alone.
 *
 * M1  Nothing happens at the same millisecond except what one thing leads to; so whatever is stopped at a time has done
 *     everything that it did up to that time.
 * M2  What runs side by side does not see what the others write; so each can be computed alone and be cut off later.
 */
export function modelOf(effect: EffectDefinition, context: JsonObject): Verdict {
  const start: Place = { id: '', trail: '', at: 0, context, result: null, attempt: 1, past: [] };
  const trace = run(effect as unknown as Node, start);
  const { outcome, end, writes, happened } = trace;
  if (outcome === undefined) return verdict(trace);
  const unended = unendedSagas(happened);
  const owes = 'error' in outcome ? () => true : (id: string) => [...unended].some((saga) => isWithin(id, saga));
  const paid = pay(owes, { ...start, at: end, context: written(context, writes), past: happened });
  const all = { writes: [...writes, ...paid.writes], happened: [...happened, ...paid.happened] };
  const final = paid.failures > 0 ? failure('COMPENSATION_FAILED') : outcome;
  return verdict({ ...all, end: paid.end, outcome: paid.end === never ? undefined : final });
}

export interface Verdict {
  readonly outcome: Outcome | undefined;
  /** When it ended. */
  readonly end: number;
  /** Names of the probes performed, in order. */
  readonly performed: readonly string[];
  /** What was written into the context: paths and values, in the order of time. */
  readonly writes: readonly Write[];
  /** Which steps were done and owed something, and which were undone, in order. */
  readonly debts: readonly string[];
}

function run(node: Node, place: Place): Trace {
  const { at, result, context } = place;
  const ends = (output: Json, writes: readonly Write[] = [], end = at): Trace => ({
    outcome: { output },
    end,
    writes,
    happened: [],
  });
  const writes = (value: Json): Trace => ends(value, [{ at, path: node.path, value }]);
  switch (node.type) {
    case 'probe':
      return probe(node, place);
    case 'put_data':
      return writes(node.value === '{{ result }}' ? result : node.value);
    case 'update_data':
      return writes(updated(node.expression, valueAt(context, node.path), result));
    case 'get_data':
      return ends(valueAt(context, node.path));
    case 'log':
      return ends(result);
    case 'delay':
      return ends(result, [], at + node.duration);
    case 'sequence':
      return inOrder(node.effects as readonly Node[], place, (outputs) =>
        outputs.length === 0 ? result : outputs.at(-1)!,
      );
    case 'for_each':
      return forEach(node, place);
    case 'parallel':
      return parallel(node, place);
    case 'race':
      return race(node, place);
    case 'choose': {
      const { branches, otherwise } = node;
      const chosen = branches.find(({ when }) => holds(when, place))?.then ?? otherwise;
      return chosen === undefined ? ends(result) : run(chosen, below(place, branches.length));
    }
    case 'retry':
      return retry(node, place);
    case 'timeout': {
      const inner = run(node.effect, below(place, 0));
      const due = at + node.duration;
      return inner.end < due ? inner : { ...cut(inner, due), end: due, outcome: failure('EFFECT_TIMEOUT') };
    }
    case 'fallback': {
      const tried = run(node.effect, below(place, 0));
      return isFailure(tried) ? after(tried, place, (next) => run(node.fallback, below(next, 1))) : tried;
    }
    case 'with_compensation':
      return owing(run(node.effect, below(place, 0)), place, node.compensate);
    case 'saga':
      return saga(node, place);
    default:
      // what only lets through
      return run(node.effect, below(place, 0));
  }
}

function probe({ name, fate, takes = 0, sees }: Node, { at, attempt, context, trail, past }: Place): Trace {
  // what a compensation did before it was stopped in the middle is not done again when it goes on
  const answer = past.find((event) => event.what === 'answered' && event.trail === trail);
  if (answer?.what === 'answered') return { outcome: answer.outcome, end: at, writes: [], happened: [] };
  // and a job that is asked for again ends when it would have ended
  const asked = past.find((event) => event.what === 'performed' && event.trail === trail);
  const end = asked?.what === 'performed' ? Math.max(at, asked.end) : at + takes;
  const happened: Happening[] = [{ at, what: 'performed', name, trail, end }];
  if (fate === 'hangs') return { outcome: undefined, end: never, writes: [], happened };
  const fails = fate === 'always' || (fate === 'first' && attempt === 1);
  const output: Json = sees === undefined ? name : { name, seen: context };
  const outcome = fails ? failure('EFFECT_FAILED', `${name} fails`) : { output };
  return { outcome, end, writes: [], happened: [...happened, { at: end, what: 'answered', trail, outcome }] };
}

/** One after the other, each with the output before. */
function inOrder(
  nodes: readonly Node[],
  place: Place,
  output: (outputs: readonly Json[]) => Json,
  place1: (place: Place, index: number) => Place = (next, index) => below(next, index),
): Trace {
  const outputs: Json[] = [];
  let trace: Trace = { outcome: { output: place.result }, end: place.at, writes: [], happened: [] };
  for (const [index, node] of nodes.entries()) {
    trace = after(trace, place, (next) => {
      const given = index === 0 ? place.result : outputs.at(-1)!;
      return run(node, place1({ ...next, result: given }, index));
    });
    if (!isSuccess(trace)) return trace;
    outputs.push(outputOf(trace));
  }
  return { ...trace, outcome: { output: output(outputs) } };
}

function forEach({ items, concurrency = 1, effect }: Node, place: Place): Trace {
  const item = (next: Place, index: number): Place => ({
    ...next,
    id: `${place.id}@${index}.0`,
    trail: `${place.trail}@${index}.0`,
    result: items[index]!,
  });
  if (concurrency === 1) {
    return inOrder(
      items.map(() => effect),
      place,
      (outputs) => [...outputs],
      item,
    );
  }
  const works = items.map((_, index) => (next: Place) => run(effect, item(next, index)));
  return sideBySide(
    works,
    place,
    concurrency,
    allOf(items.length, (outputs) => outputs),
  ).trace;
}

function parallel({ effects, concurrency = never }: Node, place: Place): Trace {
  const named = Array.isArray(effects)
    ? effects.map((effect: Node, index) => [index, effect] as const)
    : Object.entries(effects as { readonly [name: string]: Node }).sort(([a], [b]) => (a < b ? -1 : 1));
  const works = named.map(
    ([name, effect]) =>
      (next: Place) =>
        run(effect, below(next, name)),
  );
  const output = (outputs: readonly Json[]): Json =>
    Array.isArray(effects)
      ? [...outputs]
      : Object.fromEntries(named.map(([name], index) => [name, outputs[index]!] as const));
  return sideBySide(works, place, concurrency, allOf(works.length, output)).trace;
}

function allOf(
  count: number,
  output: (outputs: readonly Json[]) => Json,
): Decide & { readonly none: Outcome | undefined } {
  const outputs: Json[] = [];
  let missing = count;
  const decide: Decide = (index, outcome) => {
    if ('error' in outcome) return outcome;
    outputs[index] = outcome.output;
    missing -= 1;
    return missing === 0 ? { output: output(outputs) } : undefined;
  };
  return Object.assign(decide, { none: count === 0 ? { output: output([]) } : undefined });
}

function race({ effects, first }: Node, place: Place): Trace {
  const nodes = effects as readonly Node[];
  let failed = 0;
  let winner = -1;
  const decide: Decide = (index, outcome) => {
    if (first === 'success' && 'error' in outcome) {
      failed += 1;
      return failed === nodes.length ? failure('RACE_FAILED') : undefined;
    }
    winner = index;
    return outcome;
  };
  const works = nodes.map((node, index) => (next: Place) => run(node, below(next, index)));
  const { trace } = sideBySide(works, place, never, decide);
  if (!isSuccess(trace)) return trace;
  const losers = nodes.map((_, index) => below(place, index).id).filter((_, index) => index !== winner);
  return settled(trace, place, (id) => losers.some((loser) => isWithin(id, loser)), trace.outcome!);
}

const longestWait = 24 * 60 * 60 * 1_000;

function retry({ attempts, delay, effect }: Node, place: Place): Trace {
  let trace = run(effect, attemptAt(place, 1));
  for (let attempt = 2; attempt <= attempts && isFailure(trace); attempt += 1) {
    const wait = Math.min(delay * 2 ** (attempt - 2), longestWait);
    trace = after({ ...trace, end: trace.end + wait }, place, (next) => run(effect, attemptAt(next, attempt)));
  }
  return trace;
}

function saga({ steps }: Node, place: Place): Trace {
  const { id, at } = place;
  const began: Trace = {
    outcome: { output: place.result },
    end: at,
    writes: [],
    happened: [{ at, what: 'saga', id, ended: false }],
  };
  const nodes = steps.map(({ effect, compensate }) =>
    compensate === undefined ? effect : ({ type: 'with_compensation', effect, compensate } as Node),
  );
  const trace = after(began, place, (next) => inOrder(nodes, next, (outputs) => [...outputs]));
  const undone = isFailure(trace) ? settled(trace, place, (debt) => isWithin(debt, id), failure('SAGA_FAILED')) : trace;
  if (undone.outcome === undefined) return undone;
  return { ...undone, happened: [...undone.happened, { at: undone.end, what: 'saga', id, ended: true }] };
}

/** Pays what some steps owe, in the reverse of the order in which they were done. */
function settled(trace: Trace, place: Place, owes: (id: string) => boolean, outcome: Outcome): Trace {
  const context = written(place.context, trace.writes);
  const paid = pay(owes, { ...place, at: trace.end, context, past: [...place.past, ...trace.happened] });
  return {
    outcome: paid.end === never ? undefined : paid.failures > 0 ? failure('COMPENSATION_FAILED') : outcome,
    end: paid.end,
    writes: [...trace.writes, ...paid.writes],
    happened: [...trace.happened, ...paid.happened],
  };
}

function pay(owes: (id: string) => boolean, place: Place) {
  const owed = owedIn(place.past).filter(({ id }) => owes(id));
  const writes: Write[] = [];
  const happened: Happening[] = [];
  let end = place.at;
  let failures = 0;
  for (const { id, trail, output, compensate } of owed.reverse()) {
    const trace = run(compensate, {
      id: `${id}.1`,
      trail: `${trail}.1`,
      at: end,
      context: written(place.context, writes),
      result: output,
      attempt: 1,
      past: [...place.past, ...happened],
    });
    writes.push(...trace.writes);
    happened.push(...trace.happened);
    end = trace.end;
    if (trace.outcome === undefined) break;
    if (isFailure(trace)) failures += 1;
    happened.push({ at: end, what: 'undone', id });
  }
  return { end, writes, happened, failures };
}

function owedIn(past: readonly Happening[]) {
  const owed = new Map<string, Happening & { readonly what: 'owed' }>();
  for (const event of past) {
    if (event.what !== 'owed' && event.what !== 'undone') continue;
    owed.delete(event.id);
    if (event.what === 'owed') owed.set(event.id, event);
  }
  return [...owed.values()];
}

function unendedSagas(past: readonly Happening[]): ReadonlySet<string> {
  const unended = new Set<string>();
  for (const event of past) {
    if (event.what !== 'saga') continue;
    if (event.ended) unended.delete(event.id);
    else unended.add(event.id);
  }
  return unended;
}

function owing(trace: Trace, { id, trail }: Place, compensate: Node): Trace {
  if (!isSuccess(trace)) return trace;
  const debt: Happening = { at: trace.end, what: 'owed', id, trail, output: outputOf(trace), compensate };
  return { ...trace, happened: [...trace.happened, debt] };
}

function holds(guard: string, { context, result }: Place): boolean {
  if (guard === 'context.a == 1') return context.a === 1;
  return guard === 'result == null' && result === null;
}

function updated(expression: string, value: Json, result: Json): Json {
  if (expression.startsWith('params.value')) return value === null ? 1 : 2;
  return result === null ? 3 : 1;
}

function verdict({ outcome, end, writes, happened }: Trace): Verdict {
  return {
    outcome,
    end,
    performed: happened.flatMap((event) => (event.what === 'performed' ? [event.name] : [])),
    writes: [...writes].sort((a, b) => a.at - b.at),
    debts: happened.flatMap((event) =>
      event.what === 'owed' || event.what === 'undone' ? [`${event.what} ${event.id}`] : [],
    ),
  };
}
