import type { Evaluation } from './evaluation.ts';

export type BuiltinCall = (values: readonly unknown[], position: number, evaluation: Evaluation) => unknown;

export interface BuiltinFacts {
  readonly call?: BuiltinCall;
  readonly construct?: BuiltinCall;
  /** `value instanceof` it. */
  readonly made?: (value: object) => boolean;
  readonly members?: ReadonlyMap<string, unknown>;
}

/** A function or namespace of JavaScript that scripts may use. All is private: a script can read its members only. */
export class Builtin {
  readonly #name: string;
  readonly #facts: BuiltinFacts;

  constructor(name: string, facts: BuiltinFacts) {
    this.#name = name;
    this.#facts = facts;
  }

  get name(): string {
    return this.#name;
  }

  get call(): BuiltinCall | undefined {
    return this.#facts.call;
  }

  get construct(): BuiltinCall | undefined {
    return this.#facts.construct;
  }

  get made(): ((value: object) => boolean) | undefined {
    return this.#facts.made;
  }

  get members(): ReadonlyMap<string, unknown> {
    return this.#facts.members ?? none;
  }
}

const none: ReadonlyMap<string, unknown> = new Map();
