import type { ActionDefinition } from '../../definition/definition.ts';
import { type Chart, type ChartState, type ChartTransition, toList } from '../chart.ts';
import { isEndless } from '../exploration.ts';
import type { Finding } from '../finding.ts';
import { always, and, type Formula, guardFormula } from '../formula.ts';
import { isSatisfiable } from '../satisfiable.ts';
import type { Subject } from '../subject.ts';

/** Steps that never come to rest: eventless transitions, events an instance sends itself, and timers of no length. */
export function eventlessLoops(subject: Subject): readonly Finding[] {
  const shown = endlessSteps(subject);
  const involved = new Set(shown.flatMap(({ states = [] }) => states));
  const possible = circles(subject).filter(({ states = [] }) => !states.some((path) => involved.has(path)));
  return [...shown, ...possible];
}

function endlessSteps({ chart, explored }: Subject): readonly Finding[] {
  if (explored === undefined) return [];
  const { exploration } = explored;
  return [...exploration.failures.values()].flatMap(({ error, witness }): readonly Finding[] => {
    if (!isEndless(error)) return [];
    const configuration = (error.details?.configuration ?? []) as readonly string[];
    const [only] = configuration;
    const place = configuration.length === 1 ? chart.byPath.get(only ?? '') : undefined;
    return [
      {
        code: 'EVENTLESS_LOOP',
        severity: 'error',
        evidence: 'shown',
        path: place?.at ?? '$',
        message: error.message,
        ...(error.hint === undefined ? undefined : { hint: error.hint }),
        steps: exploration.stepsAlong(witness),
        states: configuration,
      },
    ];
  });
}

/** A circle of eventless transitions that changes no data: once all its guards are true together they stay true. */
function circles({ chart, structure }: Subject): readonly Finding[] {
  // guards of SCXML may change data themselves
  if (chart.scxml) return [];
  const found = new Map<string, Finding>();
  const eventless = chart.transitions.filter((each) => each.trigger === 'always' && !structure.dead.has(each));
  for (const start of eventless) {
    const circle = circleFrom(chart, start, eventless);
    if (circle === undefined) continue;
    const paths = circle.map(({ path }) => path);
    const key = paths.toSorted().join(' ');
    if (found.has(key)) continue;
    const guards = circle.filter(({ guard }) => guard !== undefined).length;
    found.set(key, {
      code: 'EVENTLESS_LOOP',
      severity: 'warning',
      evidence: 'possible',
      path: paths[0]!,
      message: `The eventless transitions ${paths.join(', ')} lead in a circle and change no data${guards === 0 ? '' : ': when their guards are true together, the machine never comes to rest'}.`,
      hint: 'Give the circle a guard that becomes false on the way.',
      states: circle.map(({ source }) => source.path),
    });
  }
  return [...found.values()];
}

const longestCircle = 8;

function circleFrom(
  chart: Chart,
  start: ChartTransition,
  eventless: readonly ChartTransition[],
): readonly ChartTransition[] | undefined {
  const search = (circle: readonly ChartTransition[], formula: Formula): readonly ChartTransition[] | undefined => {
    const last = circle.at(-1)!;
    const guard = guardFormula(last.guard, last.source, chart);
    const together = and(formula, guard);
    if (mentionsState(last) || changesData(last) || !isSatisfiable(together)) return undefined;
    if (leadsInto(last, start.source)) return circle;
    if (circle.length === longestCircle) return undefined;
    for (const next of eventless) {
      if (circle.includes(next) || !leadsInto(last, next.source)) continue;
      const whole = search([...circle, next], together);
      if (whole !== undefined) return whole;
    }
    return undefined;
  };
  return search([start], always);
}

/** Whether a state is certainly active after the transition. */
function leadsInto({ targets, source }: ChartTransition, state: ChartState): boolean {
  if (targets.length !== 1 || targets[0] === source.parent) return false;
  const entered = (target: ChartState): boolean => {
    if (target === state) return true;
    return target.kind === 'compound' && target.defaults.some(entered);
  };
  return entered(targets[0]!);
}

/** What is active changes on the way round. */
function mentionsState({ guard }: ChartTransition): boolean {
  return typeof guard === 'object' && JSON.stringify(guard).includes('"in":');
}

/** Whether an action of the transition, or of a state it may leave or enter, writes data or runs code. */
function changesData({ source, targets, actions }: ChartTransition): boolean {
  const states = [source, ...targets].flatMap((state) => [state, ...around(state), ...inside(state)]);
  const entries = states.flatMap(({ definition }) => [
    ...toList(definition.entry as ActionDefinition | undefined),
    ...toList(definition.exit as ActionDefinition | undefined),
  ]);
  return [...actions, ...entries].some((action) => {
    if (typeof action !== 'object') return true;
    return !['log', 'emit', 'send', 'cancel'].some((harmless) => harmless in action);
  });
}

function around({ parent }: ChartState): readonly ChartState[] {
  return parent === undefined ? [] : [parent, ...around(parent)];
}

function inside({ children }: ChartState): readonly ChartState[] {
  return children.flatMap((child) => [child, ...inside(child)]);
}
