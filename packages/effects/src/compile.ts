import {
  compileExpression,
  compileTemplate,
  type EffectDefinition,
  type EventTemplate,
  FsmError,
  type Json,
  listNames,
  type MachineEvent,
  type Problem,
  parseDuration,
  suggest,
} from '@fsm/core';
import { isContextPath } from './context-patch.ts';
import type { EffectKind, LeafOptions, Performer, PreparedEffect, Repetition } from './effect.ts';
import { effectPlaces } from './effect-places.ts';
import { expressionProblems } from './expression-problems.ts';
import { locate } from './failure.ts';
import type { Scope } from './frame.ts';
import type { FunctionDefinition } from './function.ts';
import type { HttpClient } from './http/client.ts';
import { jsonPath, type Keys } from './json-path.ts';
import { parameterProblems } from './parameter-problems.ts';
import type { SharedResource } from './shared-resource.ts';
import type { Step } from './step.ts';

/** How deeply effects may stand inside each other. */
export const depthLimit = 64;

/** How many effects one tree may have. */
export const effectLimit = 100_000;

/** What a registry knows, for looking up names. */
export interface Catalogue {
  readonly kinds: ReadonlyMap<string, EffectKind>;
  /** Absent when the registry was made without functions: then their names are not checked. */
  readonly functions: ReadonlyMap<string, FunctionDefinition> | undefined;
  readonly shared: { readonly http: SharedResource<HttpClient> };
}

/** What is found out on the way through one tree. */
interface Findings {
  readonly problems: Problem[];
  effects: number;
  /** Templates were, or will be, evaluated elsewhere: what stands there is meant. */
  readonly literal: boolean;
}

/** A compiled parameter: its value at the moment a step needs it. */
export type Compiled<T> = (step: Step) => T;

/**
 * Compiles the parameters of one effect of a definition; `prepare` of each kind gets one. Whatever is wrong is noted as
 * a problem and compiling goes on, so that one check finds everything. `at` are the keys that lead from the effect to
 * the value: `compile.template(effect.data, 'data')`.
 */
export class Compile {
  readonly #catalogue: Catalogue;
  readonly #findings: Findings;
  readonly #jsonPath: string;
  readonly #path: string;
  readonly #depth: number;
  #repeats: Repetition | undefined = undefined;
  #readsResults = false;

  private constructor(catalogue: Catalogue, findings: Findings, jsonPath: string, path: string, depth: number) {
    this.#catalogue = catalogue;
    this.#findings = findings;
    this.#jsonPath = jsonPath;
    this.#path = path;
    this.#depth = depth;
  }

  /** Prepares a whole definition and adds what is wrong with it to `problems`. */
  static root(
    catalogue: Catalogue,
    definition: unknown,
    jsonPath: string,
    problems: Problem[],
    literal = false,
  ): PreparedEffect {
    return new Compile(catalogue, { problems, effects: 0, literal }, jsonPath, '', 1).#prepare(definition);
  }

  /** Text, a list or an object with `{{ }}` in it. */
  template(value: Json, ...at: Keys): Compiled<Json> {
    if (this.#findings.literal) return () => value;
    return this.#compiled(value, at, (path) => compileTemplate(value, { path }), value);
  }

  /** An expression without `{{ }}`. */
  expression(source: string, ...at: Keys): Compiled<Json> {
    return this.#compiled(source, at, (path) => compileExpression(source, { path }), null);
  }

  /** An expression without `{{ }}` that is asked whether it holds. */
  guard(source: string, ...at: Keys): Compiled<boolean> {
    const compile = (path: string) => {
      const expression = compileExpression(source, { path });
      return { roots: expression.roots, evaluate: (scope: Scope) => expression.evaluateTest(scope) };
    };
    return this.#compiled(source, at, compile, false);
  }

  /** Milliseconds. */
  duration(value: number | string, ...at: Keys): Compiled<number> {
    const fixed = parseDuration(value);
    if (fixed !== undefined) return () => fixed;
    const hint = 'Write milliseconds, a text such as "500ms", "30s", "5m", "2h" or "30d", or an expression.';
    const source = String(value);
    const { problems } = this.#findings;
    const before = problems.length;
    const computed = source.includes('{{') ? this.template(source, ...at) : this.expression(source, ...at);
    if (problems.length > before) {
      problems.length = before;
      this.problem('INVALID_DURATION', `\`${source}\` is neither a duration nor an expression.`, hint, ...at);
    }
    return (step) => {
      const result = computed(step);
      const milliseconds = typeof result === 'number' || typeof result === 'string' ? parseDuration(result) : undefined;
      if (milliseconds !== undefined) return milliseconds;
      const error = new FsmError(
        'NOT_A_DURATION',
        `The expression \`${source}\` gave ${JSON.stringify(result)}, which is not a duration.`,
        { hint },
      );
      throw locate(error, step.effect.kind, step.path);
    };
  }

  /** An event whose data is a template. */
  event(value: EventTemplate, ...at: Keys): Compiled<MachineEvent> {
    const { type, data } = typeof value === 'string' ? { type: value, data: undefined } : value;
    const text = this.template(type, ...at, ...(typeof value === 'string' ? [] : ['type']));
    const payload = data === undefined ? undefined : this.template(data, ...at, 'data');
    return (step) => {
      const name = String(text(step));
      return payload === undefined ? { type: name } : { type: name, data: payload(step) };
    };
  }

  /** A dotted path into the context. */
  contextPath(path: string, ...at: Keys): string {
    if (!isContextPath(path)) {
      this.problem(
        'INVALID_PATH',
        `\`${path}\` is not a path into the context.`,
        'Write keys with dots between them: `customer.address.city`.',
        ...at,
      );
    }
    return path;
  }

  /** A registered function, or nothing when the registry was made without functions. */
  function(name: string, ...at: Keys): FunctionDefinition | undefined {
    const { functions } = this.#catalogue;
    if (functions === undefined) return undefined;
    const found = functions.get(name);
    if (found === undefined) {
      this.problem(
        'UNKNOWN_FUNCTION',
        `No function \`${name}\` is registered.`,
        lookUpHint(name, functions.keys()),
        ...at,
      );
    }
    return found;
  }

  /** What sends HTTP requests for a step. */
  http(step: Step): HttpClient {
    return this.#catalogue.shared.http.of(step.frame.host);
  }

  /** An effect inside this one. `segment` is its place in step paths: its index, or its name. */
  child(definition: EffectDefinition, segment: number | string, ...at: Keys): PreparedEffect {
    return this.#below(definition, this.#path === '' ? `${segment}` : `${this.#path}.${segment}`, at);
  }

  /** An effect inside this one that runs in attempts, each with step paths of its own. */
  attempted(definition: EffectDefinition, ...at: Keys): PreparedEffect {
    this.#repeats = '#';
    return this.#below(definition, '.0', at);
  }

  /** An effect inside this one that runs once for each of several items, each with step paths of its own. */
  eachItem(definition: EffectDefinition, ...at: Keys): PreparedEffect {
    this.#repeats = '@';
    return this.#below(definition, '.0', at);
  }

  problem(code: string, message: string, hint: string, ...at: Keys): void {
    this.#findings.problems.push({ code, severity: 'error', path: jsonPath(this.#jsonPath, at), message, hint });
  }

  #below(definition: EffectDefinition, path: string, at: Keys): PreparedEffect {
    const place = jsonPath(this.#jsonPath, at);
    return new Compile(this.#catalogue, this.#findings, place, path, this.#depth + 1).#prepare(definition);
  }

  #prepare(definition: unknown): PreparedEffect {
    this.#findings.effects += 1;
    const kind = this.#kind(definition);
    if (kind === undefined) return this.#prepared('', undefined, invalid);
    const { type: _, description, ...parameters } = definition as EffectDefinition;
    if (description !== undefined && typeof description !== 'string') {
      this.problem('WRONG_TYPE', 'The `description` of an effect is a text.', 'Write a sentence.', 'description');
    }
    const parsed = kind.parameters.safeParse(parameters);
    const places = effectPlaces(kind.parameters, parameters);
    const hostile = places.find(({ at }) => at.includes('__proto__'));
    if (parsed.success && hostile === undefined) {
      return this.#prepared(kind.name, kind, kind.prepare(parsed.data, this));
    }
    if (hostile !== undefined) {
      this.problem(
        'HOSTILE_KEY',
        'The key `__proto__` has a meaning of its own in JavaScript.',
        'Rename it.',
        ...hostile.at,
      );
    }
    const issues = parsed.error?.issues ?? [];
    this.#findings.problems.push(...parameterProblems(kind, parameters, issues, (at) => jsonPath(this.#jsonPath, at)));
    for (const { at, value } of places) if (isObject(value)) this.child(value, 0, ...at);
    return this.#prepared(kind.name, kind, invalid);
  }

  #kind(definition: unknown): EffectKind | undefined {
    const { kinds } = this.#catalogue;
    const { effects } = this.#findings;
    if (effects > effectLimit) {
      if (effects === effectLimit + 1) {
        this.problem(
          'TOO_MANY_EFFECTS',
          `The tree has more than ${effectLimit} effects.`,
          'Divide the work among several states.',
        );
      }
      return undefined;
    }
    if (this.#depth > depthLimit) {
      this.problem(
        'TOO_DEEP',
        `Effects stand inside each other more than ${depthLimit} deep.`,
        'Flatten the tree, or look for an effect that contains itself.',
      );
      return undefined;
    }
    if (!isObject(definition)) {
      this.problem(
        'WRONG_TYPE',
        'An effect is an object with a `type`.',
        `Write { "type": … } with one of ${listNames([...kinds.keys()], 100)}.`,
      );
      return undefined;
    }
    if (!('type' in definition) || definition.type === undefined) {
      this.problem(
        'MISSING_KEY',
        'The effect does not say what kind it is.',
        `Add a \`type\`: one of ${listNames([...kinds.keys()], 100)}.`,
      );
      return undefined;
    }
    const kind = typeof definition.type === 'string' ? kinds.get(definition.type) : undefined;
    if (kind === undefined) {
      const asked = String(definition.type);
      this.problem(
        'UNKNOWN_EFFECT',
        `There is no kind of effect \`${asked}\`.`,
        lookUpHint(asked, kinds.keys()),
        'type',
      );
    }
    return kind;
  }

  #prepared(name: string, kind: EffectKind | undefined, performer: Performer): PreparedEffect {
    const children = performer.children ?? [];
    const options: LeafOptions | undefined = performer.children === undefined ? performer.options : undefined;
    const repeat = options?.repeat ?? kind?.repeat ?? 'idempotent';
    const composed = performer.children === undefined ? undefined : performer.options;
    const owes = composed?.compensates === true;
    const leaf = options && { repeat, output: options.output ?? 'own', writes: options.writes ?? false };
    return {
      kind: name,
      path: this.#path,
      children,
      repeats: this.#repeats,
      compensates: children.some((child) => child.compensates) || owes,
      owes,
      undoes: composed?.undoes === true,
      writes: leaf?.writes ?? children.some((child) => child.writes),
      readsResults: this.#readsResults || children.some((child) => child.readsResults),
      once: leaf === undefined ? children.some((child) => child.once) : repeat === 'once',
      leaf,
      perform: performer.perform,
    };
  }

  #compiled<T extends Json>(source: Json, at: Keys, compile: (path: string) => Source<T>, fallback: T): Compiled<T> {
    const path = jsonPath(this.#jsonPath, at);
    let compiled: Source<T>;
    try {
      compiled = compile(path);
    } catch (error) {
      this.#findings.problems.push(...expressionProblems(error, source, path));
      return () => fallback;
    }
    const { constant } = compiled;
    if (constant !== undefined) return () => constant;
    const readsResults = compiled.roots.has('results');
    if (readsResults) this.#readsResults = true;
    return (step) => {
      try {
        return compiled.evaluate(step.frame.scope(readsResults));
      } catch (error) {
        throw locate(error, step.effect.kind, step.path);
      }
    };
  }
}

/** What a compiled expression or template has in common. */
interface Source<T> {
  readonly roots: ReadonlySet<string>;
  readonly constant?: T | undefined;
  evaluate(scope: Scope): T;
}

const invalid: Performer = {
  options: {},
  perform() {
    throw new FsmError('EFFECT_INVALID', 'An effect with problems cannot be performed.');
  },
};

function isObject(value: unknown): value is EffectDefinition {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lookUpHint(asked: string, names: Iterable<string>): string {
  const known = [...names];
  const near = suggest(asked, known);
  const list = known.length === 0 ? 'There are none.' : `There are ${listNames(known, 100)}.`;
  return near === undefined ? list : `Did you mean \`${near}\`? ${list}`;
}
