import type { Snapshot } from '../snapshot.ts';
import { descriptor, historyDefaultOf, type Layout, type Place, targetsOf } from './machine-layout.ts';
import type { TransitionSpec } from './machine-spec.ts';

/** Features that random machines have, by name. */
export function featuresOf(layout: Layout): ReadonlySet<string> {
  const features = new Set<string>();
  for (const place of layout.places) {
    const { kind, spec, parent } = place;
    if (kind === 'parallel') features.add(isBelowParallel(parent) ? 'parallel in a parallel' : 'parallel');
    if (kind === 'final') features.add('final state with output');
    if (kind === 'history') {
      const depth = spec.history!.deep ? 'deep' : 'shallow';
      features.add(`${depth} history ${historyDefaultOf(place) === undefined ? 'without' : 'with'} default`);
      continue;
    }
    if (spec.tags.length > 0) features.add('tags');
    if (spec.invokes && kind !== 'final') features.add('invocation');
    if (spec.initialActions.length > 0 && kind === 'compound') features.add('actions of initial');
    if (kind === 'final') continue;
    for (const [index, transitions] of spec.on) {
      features.add(wildcardName(descriptor(index)));
      if (transitions.some((each) => isForbidden(each))) features.add('forbidden');
    }
    const all = [...spec.on.flatMap(([, list]) => list), ...spec.always, ...spec.after.flatMap(([, list]) => list)];
    if (all.some((each) => targetsOf(layout, each).length > 1)) features.add('several targets');
    if (all.some(({ reenter }) => reenter)) features.add('reenter');
    if (spec.always.length > 0) features.add('always');
    if (spec.after.length > 0) features.add('after');
    const actions = [...spec.entry, ...spec.exit, ...all.flatMap((each) => each.actions)];
    if (actions.some((action) => action.kind === 'delayed')) features.add('delayed raise');
    if (actions.some((action) => action.kind === 'cancel')) features.add('cancel');
  }
  return features;
}

function isForbidden({ targets, actions, guard }: TransitionSpec): boolean {
  return targets.length === 0 && actions.length === 0 && guard === undefined;
}

function isBelowParallel(place: Place | undefined): boolean {
  for (let around = place; around !== undefined; around = around.parent) if (around.kind === 'parallel') return true;
  return false;
}

function wildcardName(text: string): string {
  if (text === '*' || !text.endsWith('*')) return text === '*' ? '*' : 'event';
  return text.startsWith('done.') ? 'wildcard of done events' : 'a.*';
}

/** What is worth noting when a transition is taken. */
export function notesOf(layout: Layout, place: Place, spec: TransitionSpec, trigger: string): readonly string[] {
  const targets = targetsOf(layout, spec);
  const isEvent = !trigger.includes(' ') && trigger !== 'always' && trigger !== 'after';
  return [
    isEvent ? wildcardName(trigger) : trigger,
    ...(targets.length > 1 ? ['several targets'] : []),
    ...(spec.reenter && targets.some((target) => target === place || isIn(target, place)) ? ['reenter'] : []),
    ...targets.filter(({ kind }) => kind === 'history').map(({ path }) => `#${path}`),
  ];
}

function isIn(place: Place, ancestor: Place): boolean {
  for (let around = place.parent; around !== undefined; around = around.parent) if (around === ancestor) return true;
  return false;
}

/** Which features occurred in how many machines, and how many times they were exercised. */
export class FeatureCount {
  readonly machines = new Map<string, number>();
  readonly exercised = new Map<string, number>();
  private noted: string[] = [];

  /** Called by the machines while they run. */
  note(notes: readonly string[]): void {
    this.noted.push(...notes);
  }

  add(layout: Layout): void {
    this.noted = [];
    for (const feature of featuresOf(layout)) count(this.machines, feature);
  }

  /** After each step: what was noted in it. */
  step(layout: Layout, before: Snapshot | undefined, after: Snapshot): void {
    const noted = new Set(this.noted);
    this.noted = [];
    for (const note of noted) {
      if (note.startsWith('#')) {
        const history = layout.places.find(({ path }) => path === note.slice(1))!;
        const depth = history.spec.history!.deep ? 'deep' : 'shallow';
        const isRecorded = before?.history?.[history.path] !== undefined;
        count(this.exercised, `${depth} history ${isRecorded ? 'restored' : 'not recorded'}`);
      } else count(this.exercised, note);
    }
    if (after.configuration.length > 1) count(this.exercised, 'several regions active');
    if (after.status === 'done') count(this.exercised, 'done');
    if (after.status === 'error') count(this.exercised, 'failed');
    if (after.output !== undefined) count(this.exercised, 'output');
  }
}

/** Of each feature less than wanted, how many there were: empty when a generator still makes what it should. */
export function missing(
  counts: ReadonlyMap<string, number>,
  wanted: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const short = Object.entries(wanted).filter(([feature, least]) => (counts.get(feature) ?? 0) < least);
  return Object.fromEntries(short.map(([feature]) => [feature, counts.get(feature) ?? 0]));
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
