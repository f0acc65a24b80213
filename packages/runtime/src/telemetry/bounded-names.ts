/**
 * Keeps the values of a metric attribute few: the first ones stay what they are, all later ones become `other`. Whoever
 * names tenants, machines or error codes cannot make a metrics store grow without end.
 */
export class BoundedNames {
  readonly #limit: number;
  readonly #known = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  of(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.#limit) return 'other';
    this.#known.add(name);
    return name;
  }
}
