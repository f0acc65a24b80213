import { maxDepth, maxNameLength, maxStates } from '../definition/limits.ts';
import { at, type Path, pathKeys, rootPath } from '../definition/path.ts';
import { isHostileKey, isPlainObject } from '../definition/plain.ts';
import type { ProblemList } from './problems.ts';

/** A state of an XState configuration, with the names it gets here. */
export interface SourceState {
  /** Its key here: XState's, without characters that keys here do not have. */
  readonly key: string;
  /** Keys from the root, joined with dots; `''` for the root. */
  readonly path: string;
  /** Where it stands in the configuration. */
  readonly at: Path;
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** What stands behind `done.state.` here. */
  readonly id: string;
  /** The same for XState. */
  readonly sourceId: string;
  readonly hasOwnId: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  readonly parent: SourceState | undefined;
  /** By XState's keys. */
  readonly children: ReadonlyMap<string, SourceState>;
}

export const defaultMachineId = '(machine)';

/** The states of a configuration, and what its targets mean. */
export class SourceStates {
  readonly root: SourceState;
  readonly all: SourceState[] = [];
  private readonly bySourceId = new Map<string, SourceState>();
  private readonly problems: ProblemList;

  constructor(config: Readonly<Record<string, unknown>>, problems: ProblemList) {
    this.problems = problems;
    this.root = this.add(config, rootPath, undefined, '', []);
  }

  withSourceId(id: string): SourceState | undefined {
    return this.bySourceId.get(id);
  }

  /**
   * The state a target means, seen from the state that has the transition. XState's rules: `sibling`, `.child`, `#id`,
   * each with further keys after dots, and `\.` for a dot inside a key.
   */
  resolve(source: SourceState, target: string): SourceState | undefined {
    if (target.startsWith('#')) return this.resolveId(target.slice(1));
    if (target.startsWith('.')) return descend(source, splitPath(target.slice(1)));
    return source.parent === undefined ? undefined : descend(source.parent, splitPath(target));
  }

  /** The state a `stateIn` or `in` means: `#id…`, or a path from the root. */
  resolveReference(reference: string): SourceState | undefined {
    return reference.startsWith('#') ? this.resolveId(reference.slice(1)) : descend(this.root, splitPath(reference));
  }

  private resolveId(text: string): SourceState | undefined {
    const [id = '', ...path] = splitPath(text);
    const state = this.bySourceId.get(id);
    if (state !== undefined) return descend(state, path);
    // ids made from paths have dots, and people write them without escaping
    return this.bySourceId.get(text.replaceAll('\\.', '.'));
  }

  private add(
    config: Readonly<Record<string, unknown>>,
    place: Path,
    parent: SourceState | undefined,
    key: string,
    sourcePath: readonly string[],
  ): SourceState {
    const children = new Map<string, SourceState>();
    const path = parent === undefined || parent.path === '' ? key : `${parent.path}.${key}`;
    const given = typeof config.id === 'string' && config.id !== '' ? config.id : undefined;
    const machineId = parent === undefined ? (given ?? defaultMachineId) : this.root.sourceId;
    const id = this.legalId(given, place, parent, path);
    const state: SourceState = {
      key,
      path,
      at: place,
      kind: kindOf(config),
      id,
      sourceId: given ?? [machineId, ...sourcePath].join('.'),
      hasOwnId: given !== undefined,
      config,
      parent,
      children,
    };
    // the root is needed by its children, before the constructor has it
    if (parent === undefined) (this as { root: SourceState }).root = state;
    this.all.push(state);
    if (!this.bySourceId.has(state.sourceId)) this.bySourceId.set(state.sourceId, state);
    if (!isPlainObject(config.states)) return state;
    const taken = new Set<string>();
    for (const [childKey, child] of Object.entries(config.states)) {
      const childPlace = at(place, 'states', childKey);
      if (!isPlainObject(child)) {
        this.problems.error('KEY_NOT_SUPPORTED', childPlace, `\`${childKey}\` is not a state.`, 'Write `{}`.');
        continue;
      }
      if (sourcePath.length >= maxDepth || this.all.length > maxStates) {
        this.problems.error('TOO_DEEP', childPlace, 'The machine has too many states, or they nest too deeply.');
        break;
      }
      const legal = unique(legalKey(childKey), taken);
      if (legal !== childKey) {
        const hint = 'Targets were changed with it; what reads the configuration of an instance sees the new key.';
        this.problems.warning(
          'NAME_CHANGED',
          childPlace,
          `The state \`${childKey}\` is called \`${legal}\` here.`,
          hint,
        );
      }
      taken.add(legal);
      children.set(childKey, this.add(child, childPlace, state, legal, [...sourcePath, childKey]));
    }
    return state;
  }

  private legalId(given: string | undefined, place: Path, parent: SourceState | undefined, path: string): string {
    const source = given ?? (parent === undefined ? 'machine' : `${this.root.id}.${path}`);
    if (given === undefined && parent !== undefined) return source;
    const legal = parent === undefined ? legalMachineId(source) : legalKey(source);
    if (given !== undefined && legal !== given) {
      const what = parent === undefined ? 'machine' : 'state';
      this.problems.warning('NAME_CHANGED', at(place, 'id'), `The ${what} \`${given}\` has the id \`${legal}\` here.`);
    }
    return legal;
  }
}

function kindOf({ type, states, history, parallel }: Readonly<Record<string, unknown>>): SourceState['kind'] {
  if (type === 'parallel' || type === 'final' || type === 'history') return type;
  if (parallel === true) return 'parallel';
  if (isPlainObject(states) && Object.keys(states).length > 0) return 'compound';
  return history === undefined || history === false ? 'atomic' : 'history';
}

function descend(from: SourceState, keys: readonly string[]): SourceState | undefined {
  let state: SourceState | undefined = from;
  for (const key of keys) {
    // XState stops at an empty key: `a.` is `a`
    if (key === '') break;
    state = state?.children.get(key);
  }
  return state;
}

/** Splits at dots; `\.` is a dot inside a key. */
function splitPath(text: string): string[] {
  return text.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'));
}

function legalKey(key: string): string {
  if (isHostileKey(key)) return `_${key.replaceAll('_', '')}`;
  const legal = key
    .normalize('NFC')
    .slice(0, maxNameLength)
    .replace(/[^\p{L}\p{M}\p{N}_$: -]/gu, '_')
    .trim()
    .replace(/^[^\p{L}\p{N}_$]/u, '_');
  return legal === '' ? '_' : legal;
}

function legalMachineId(id: string): string {
  const legal = id
    .replace(/^\((.*)\)$/, '$1')
    .slice(0, maxNameLength)
    .replace(/[^A-Za-z0-9._:-]+/g, '-');
  return legal === '' ? 'machine' : legal;
}

/** The id an invocation can have here. */
export function legalInvocationId(id: string): string {
  const legal = id.slice(0, maxNameLength).replace(/[^A-Za-z0-9._:-]+/g, '-');
  return legal === '' ? 'invocation' : legal;
}

/** The name an action can be registered under here. */
export function legalActionName(name: string): string {
  const legal = name.replace(/[^\w$.:-]+/g, '_').replace(/^(?![A-Za-z_$])/, '_');
  return legal.replace(/^xstate\./, 'xstate_');
}

function unique(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}-${count}`;
  return free;
}

/** A path as a name: what stands for something that has none. */
export function nameOfPlace(place: Path): string {
  return pathKeys(place).join('.');
}
