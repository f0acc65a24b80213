import { charge } from '../expression/budget.ts';
import { Fault, failed, type Origin } from '../expression/fault.ts';
import type { Frame } from './code.ts';
import type { Evaluation } from './evaluation.ts';

/** A compiled function, without the variables around it. */
export interface FunctionCode {
  readonly name: string;
  /** How many parameters it announces. */
  readonly arity: number;
  /** Its text, as an expression that makes it again. */
  readonly source: string;
  /** The text that positions inside it count in. */
  readonly origin: Origin;
  readonly isArrow: boolean;
  /** The locals around it that it refers to. */
  readonly outerNames: ReadonlySet<string>;
  /** Steps of one call, without the statements and calls inside. */
  readonly cost: number;
  /** Levels of its syntax tree. */
  readonly depth: number;
  run(self: FunctionValue, frame: Frame | undefined, call: Call): unknown;
}

export interface Call {
  readonly evaluation: Evaluation;
  readonly receiver: unknown;
  readonly values: readonly unknown[];
}

/**
 * A function of the language. All is private: to a script it is an object without properties. Those of the data model
 * have a text alone, and are compiled when they are called first.
 */
export class FunctionValue {
  readonly #code: () => FunctionCode;
  readonly #frame: Frame | undefined;
  readonly #text: string | undefined;

  constructor(code: () => FunctionCode, frame: Frame | undefined, text?: string) {
    this.#code = code;
    this.#frame = frame;
    this.#text = text;
  }

  get code(): FunctionCode {
    return this.#code();
  }

  get source(): string {
    return this.#text ?? this.code.source;
  }

  /** Whether its text is all of it. */
  get isPortable(): boolean {
    return this.#text !== undefined || this.code.outerNames.size === 0;
  }

  call(call: Call, position: number): unknown {
    const { code } = this;
    const { evaluation } = call;
    charge(code.cost);
    evaluation.enter(code.depth, position);
    try {
      return code.run(this, this.#frame, call);
    } catch (error) {
      if (error instanceof Fault && !origins.has(error)) origins.set(error, code.origin);
      throw error;
    } finally {
      evaluation.leave(code.depth);
    }
  }
}

/** The texts in which faults count their positions, when it is that of a function. */
const origins = new WeakMap<Fault, Origin>();

export function originOf(error: unknown): Origin | undefined {
  return error instanceof Fault ? origins.get(error) : undefined;
}

/** Data functions are the same when their texts are; others are when they are one. */
export function sameFunction(a: FunctionValue, b: FunctionValue): boolean {
  return a === b || (a.isPortable && b.isPortable && a.source === b.source);
}

/**
 * What objects were made by `new`, for `instanceof`. One table for all evaluations, which never nest, and empty at the
 * start of each: an object that became data has forgotten it, as if it had gone through JSON.
 */
let makers: WeakMap<object, object> | undefined;

export function markMaker(made: object, maker: object): void {
  makers ??= new WeakMap();
  makers.set(made, maker);
}

export function makerOf(made: object): object | undefined {
  return makers?.get(made);
}

export function forgetMakers(): void {
  makers = undefined;
}

export function construct(maker: FunctionValue, values: readonly unknown[], evaluation: Evaluation, position: number) {
  if (maker.code.isArrow) throw failed('NOT_A_CONSTRUCTOR', 'An arrow function cannot be called with `new`', position);
  const receiver = {};
  markMaker(receiver, maker);
  const result = maker.call({ evaluation, receiver, values }, position);
  return typeof result === 'object' && result !== null ? result : receiver;
}
