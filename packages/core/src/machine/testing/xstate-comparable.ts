import { descriptor, isInside, type Layout, layoutOf, type Place, targetsOf } from './machine-layout.ts';
import type { MachineSpec, StateSpec, TransitionSpec } from './machine-spec.ts';

/**
 * The nearest machine on which XState v5 and FSM are meant to agree. Each change here is a row of
 * `xstate-differences.md`; everything that is not changed here must behave alike.
 */
export function comparable(layout: Layout, { wildcardsTakeFailures = false } = {}): Layout {
  const hasParallel = layout.places.some((place) => place.kind === 'parallel');
  const hasHistory = layout.places.some((place) => place.kind === 'history');
  const handlesEverything = layout.places.some((place) => place.spec.on.some(([index]) => descriptor(index) === '*'));

  const specOf = (place: Place): StateSpec => {
    const { spec } = place;
    const isRegion = place.parent?.kind === 'parallel';
    const outward = (each: TransitionSpec) => withoutOwnHistory(layout, place, each);
    const children = place.children.filter((child) => child.kind !== 'history').map(specOf);
    return {
      ...spec,
      children,
      initialActions: isRegion || hasHistory ? [] : spec.initialActions,
      history:
        spec.history && place.kind === 'parallel'
          ? { ...spec.history, default: spec.history.default ?? 0 }
          : spec.history,
      on: spec.on.map(([event, transitions]) => [event, transitions.map(outward)]),
      after: spec.after.map(([delay, transitions]) => [delay, transitions.map(outward)]),
      onDone: spec.onDone.map(outward),
      onOutcome: spec.onOutcome.map(outward),
      always: (hasParallel
        ? spec.always.filter((each) => staysInRegion(layout, place, each)).map(commuting)
        : spec.always
      ).map(outward),
      invokes: spec.invokes && (wildcardsTakeFailures || !handlesEverything),
    };
  };
  const spec: MachineSpec = { root: specOf(layout.root) };
  return layoutOf(spec);
}

function staysInRegion(layout: Layout, source: Place, transition: TransitionSpec): boolean {
  const targets = targetsOf(layout, transition);
  if (targets.some((target) => target.kind === 'history')) return false;
  const region = regionOf(source);
  return region === undefined || targets.every((target) => isInside(target, region));
}

/** A state's history, asked from inside of it, may stand for a state that is active: XState enters that one twice. */
function withoutOwnHistory(layout: Layout, source: Place, transition: TransitionSpec): TransitionSpec {
  const own = targetsOf(layout, transition).some(
    ({ kind, parent }) => kind === 'history' && (source === parent || isInside(source, parent!)),
  );
  return own ? { ...transition, targets: [] } : transition;
}

function regionOf(place: Place): Place | undefined {
  for (let around: Place | undefined = place; around !== undefined; around = around.parent) {
    if (around.parent?.kind === 'parallel') return around;
  }
  return undefined;
}

function commuting(transition: TransitionSpec): TransitionSpec {
  return { ...transition, actions: transition.actions.filter((action) => action.kind === 'increment') };
}
