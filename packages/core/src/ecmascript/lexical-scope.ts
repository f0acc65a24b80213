/** A local name: parameter, variable or function. Names that are not local belong to the data model. */
export interface Binding {
  readonly slot: number;
  readonly kind: BindingKind;
}

/** `let` and `const` can be met before they have a value. */
export type BindingKind = 'var' | 'let' | 'const' | 'self';

/** What compiling a function finds out about it. */
export class FunctionFacts {
  readonly isArrow: boolean;
  /** Locals of the code around that it refers to: such a function cannot live without that code. */
  readonly outerNames = new Set<string>();

  constructor(isArrow: boolean) {
    this.isArrow = isArrow;
  }
}

/** The names a function or block declares, while it is compiled. */
export class LexicalScope {
  readonly parent: LexicalScope | undefined;
  /** Set on the scope of a function itself, not on the blocks inside it. */
  readonly facts: FunctionFacts | undefined;
  readonly #bindings = new Map<string, Binding>();

  constructor(parent: LexicalScope | undefined, facts?: FunctionFacts) {
    this.parent = parent;
    this.facts = facts;
  }

  /** Whether it has variables, and so a frame when it runs. All is declared before anything inside is compiled. */
  get hasFrame(): boolean {
    return this.facts !== undefined || this.#bindings.size > 0;
  }

  declare(name: string, kind: BindingKind): Binding {
    const known = this.#bindings.get(name);
    if (known !== undefined && known.kind !== 'self') return known;
    const binding = { slot: known?.slot ?? this.#bindings.size, kind };
    this.#bindings.set(name, binding);
    return binding;
  }

  /** Whether a name is still that of the function itself, and not of a parameter or variable in it. */
  isSelf(name: string): boolean {
    return this.#bindings.get(name)?.kind === 'self';
  }

  /** The slots that are empty until their declaration runs. */
  get lateSlots(): number[] {
    return [...this.#bindings.values()].filter(isLate).map(({ slot }) => slot);
  }

  /** Where a name is, seen from here: `hops` frames further out. */
  resolve(name: string): { readonly binding: Binding; readonly hops: number } | undefined {
    const left: FunctionFacts[] = [];
    let hops = 0;
    for (let scope: LexicalScope | undefined = this; scope !== undefined; scope = scope.parent) {
      const binding = scope.#bindings.get(name) ?? scope.#implied(name);
      if (binding !== undefined) {
        for (const facts of left) facts.outerNames.add(name);
        return { binding, hops };
      }
      if (scope.facts !== undefined) left.push(scope.facts);
      if (scope.hasFrame) hops += 1;
    }
    return undefined;
  }

  /** `arguments` exists in functions that mention it. */
  #implied(name: string): Binding | undefined {
    const isOwn = name === 'arguments' && this.facts !== undefined && !this.facts.isArrow;
    return isOwn ? this.declare(name, 'var') : undefined;
  }

  /** The slot of a name that this very scope declares. */
  slotOf(name: string): number | undefined {
    return this.#bindings.get(name)?.slot;
  }
}

export function isLate(binding: Binding): boolean {
  return binding.kind === 'let' || binding.kind === 'const';
}
