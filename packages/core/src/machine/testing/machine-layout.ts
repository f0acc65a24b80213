import {
  type ActionSpec,
  delays,
  descriptors,
  eventTypes,
  type MachineSpec,
  type StateSpec,
  type TransitionSpec,
} from './machine-spec.ts';

/** A state of a specification with its place; both translations walk these. */
export interface Place {
  readonly key: string;
  readonly path: string;
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly parent: Place | undefined;
  readonly children: readonly Place[];
  /** Of a history state: that of its parent. */
  readonly spec: StateSpec;
}

export interface Layout {
  readonly root: Place;
  /** In document order, history states included. */
  readonly places: readonly Place[];
}

export function layoutOf({ root }: MachineSpec): Layout {
  const places: Place[] = [];
  const add = (spec: StateSpec, key: string, parent: Place | undefined): Place => {
    const path = parent === undefined || parent.path === '' ? key : `${parent.path}.${key}`;
    const kind = spec.children.length > 0 ? (spec.parallel ? 'parallel' : 'compound') : spec.final ? 'final' : 'atomic';
    const children: Place[] = [];
    const place: Place = { key, path, kind, parent, children, spec };
    places.push(place);
    for (const [index, child] of spec.children.entries()) children.push(add(child, `s${index}`, place));
    if (spec.history !== undefined && children.length > 0) {
      const history: Place = {
        key: 'h',
        path: path === '' ? 'h' : `${path}.h`,
        kind: 'history',
        parent: place,
        children: [],
        spec,
      };
      places.push(history);
      children.push(history);
    }
    return place;
  };
  return { root: add(root, '', undefined), places };
}

export function isInside(place: Place, ancestor: Place): boolean {
  for (let around = place.parent; around !== undefined; around = around.parent) if (around === ancestor) return true;
  return false;
}

/** The states a transition leads to: none, one, or two in different regions. */
export function targetsOf(layout: Layout, spec: TransitionSpec): readonly Place[] {
  const all = layout.places.slice(1);
  const [first, second] = spec.targets.map((target) => all[target % all.length]!);
  if (first === undefined) return [];
  if (second === undefined) return [first];
  const parallel = commonAncestor(first, second);
  const apart = first !== second && parallel !== first && parallel !== second && parallel.kind === 'parallel';
  // a history state stands for any of the regions beside it, so it goes with none of them
  const history = [first, second].some(({ kind, parent: beside }) => kind === 'history' && beside === parallel);
  return apart && !history ? [first, second] : [first];
}

function commonAncestor(a: Place, b: Place): Place {
  const around = new Set<Place>();
  for (let place: Place | undefined = a; place !== undefined; place = place.parent) around.add(place);
  let common = b;
  while (!around.has(common)) common = common.parent!;
  return common;
}

export function initialOf(place: Place): Place {
  const ordinary = place.children.filter((child) => child.kind !== 'history');
  return ordinary[place.spec.initial % ordinary.length]!;
}

export function historyDefaultOf(place: Place): Place | undefined {
  const { history } = place.spec;
  const siblings = place.parent!.children.filter((child) => child.kind !== 'history');
  return history?.default === undefined ? undefined : siblings[history.default % siblings.length];
}

export const eventType = (event: number): string => eventTypes[event % eventTypes.length]!;
export const descriptor = (index: number): string => descriptors[index % descriptors.length]!;
export const delayOf = (index: number): number => delays[index % delays.length]!;

/** What a place's name adds to the trace when an action of it runs. */
export const traceMark = (place: Place, part: string): string => `${place.path}${part} `;

/** A target as text: relative where the specification wants it and it can be, absolute otherwise. */
export function targetText(source: Place, target: Place, relative: boolean): string {
  if (relative && target.parent === source) return `.${target.key}`;
  if (relative && source.parent !== undefined && target.parent === source.parent) return target.key;
  return `#m.${target.path}`;
}

/** An eventless transition that leads nowhere gets a guard, because validation refuses the endless loop it would be. */
export function endingSomewhere(layout: Layout, source: Place, spec: TransitionSpec): TransitionSpec {
  const moves = targetsOf(layout, spec).some((target) => target !== source);
  return moves || spec.guard !== undefined ? spec : { ...spec, guard: { kind: 'below', variable: 'a', bound: 3 } };
}

export const invocationId = (place: Place): string => `i:${place.path}`.replaceAll('.', ':');

export function askedState(layout: Layout, index: number): Place {
  const ordinary = layout.places.slice(1).filter((place) => place.kind !== 'history');
  return ordinary[index % ordinary.length]!;
}

/** XState fires both of two delayed events with one id; here the second replaces the first. So the first is cancelled. */
export function withoutReplacing(specs: readonly ActionSpec[]): readonly ActionSpec[] {
  return specs.flatMap((spec) =>
    spec.kind === 'delayed' && spec.id !== undefined ? [{ kind: 'cancel' as const, id: spec.id }, spec] : [spec],
  );
}
