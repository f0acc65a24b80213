import type { ActionDefinition, Duration, EffectDefinition, GuardDefinition } from '../definition/definition.ts';
import { type Path, rootPath } from '../definition/path.ts';
import type { StateTree, TreeState } from '../definition/state-tree.ts';
import type { XStateMeanings } from './import-scope.ts';
import type { HelperName, JavaScript } from './javascript.ts';
import { Untranslatable } from './javascript.ts';
import type { ProblemList } from './problems.ts';
import { nameOfPlace } from './source-states.ts';

/** What all parts of one export share, and what the implementations collect. */
export interface ExportScope {
  readonly tree: StateTree;
  readonly problems: ProblemList;
  readonly implementations: ImplementationTable;
  /** Ids of invocations for XState, by ours. */
  readonly invocationIds: ReadonlyMap<string, string>;
  /** Whether the machine runs effects, whose failures a `*` does not take here. */
  readonly hasInvocations: boolean;
  /** An event type of the engine as XState calls it. */
  rename(eventType: string): string;
}

type Kind = 'guards' | 'actions' | 'delays' | 'actors';

/** Functions for the names of a configuration, as source text. */
export class ImplementationTable {
  readonly sources: { readonly [K in Kind]: Map<string, string> } = {
    guards: new Map(),
    actions: new Map(),
    delays: new Map(),
    actors: new Map(),
  };
  readonly helpers = new Set<HelperName>();
  /** What `xstate` must give. */
  readonly imports = new Set<string>(['setup']);
  /** Functions for places of the configuration that have no names. */
  readonly places: { readonly keys: readonly (string | number)[]; readonly source: string }[] = [];
  readonly guards: Record<string, GuardDefinition> = {};
  readonly actions: Record<string, readonly ActionDefinition[]> = {};
  readonly delays: Record<string, Duration> = {};
  readonly effects: Record<string, EffectDefinition> = {};

  /** A name that the machine's author has registered: somebody writes the function. */
  reference(kind: Kind, name: string, stub: string): string {
    if (!this.sources[kind].has(name)) this.sources[kind].set(name, stub);
    return name;
  }

  /** A function for what has no name of its own; it gets that of its place. */
  define(kind: Kind, place: Path, source: string): string {
    const name = this.freeName(kind, place);
    this.sources[kind].set(name, source);
    return name;
  }

  use(javascript: JavaScript): string {
    for (const helper of javascript.helpers) this.helpers.add(helper);
    return javascript.source;
  }

  call(name: string, ...values: readonly string[]): string {
    this.imports.add(name);
    return `${name}(${values.join(', ')})`;
  }

  get meanings(): XStateMeanings {
    return { guards: this.guards, actions: this.actions, delays: this.delays, effects: this.effects };
  }

  private freeName(kind: Kind, place: Path): string {
    const base = place === rootPath ? 'machine' : nameOfPlace(place);
    let name = base;
    for (let count = 2; this.sources[kind].has(name); count++) name = `${base} ${count}`;
    return name;
  }
}

/** A function that somebody has to write. */
export function stub(what: string): string {
  return `() => { throw new Error(${JSON.stringify(`Write ${what}.`)}); }`;
}

/** The source, or that of a stub and a problem, when it cannot be written in JavaScript. */
export function translated(scope: ExportScope, place: Path, make: () => string): string {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    const hint = 'Write it yourself in the implementations.';
    scope.problems.error('EXPRESSION_NOT_EXPORTED', place, error.message, hint);
    return stub(`what stands at ${nameOfPlace(place)}`);
  }
}

/** How XState's targets and guards name a state from anywhere. */
export function absoluteReference({ tree }: ExportScope, state: TreeState): string {
  const { id } = state.definition;
  if (typeof id === 'string') return `#${escaped(id)}`;
  return `#${escaped(String(tree.root.definition.id))}.${state.path}`;
}

function escaped(id: string): string {
  return id.replaceAll('.', '\\.');
}
