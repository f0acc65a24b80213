import { at, formatPath, type Path } from '../definition/path.ts';

/** Where something in an expanded definition comes from. */
export interface Origin {
  /** In the definition as written. For what a component added, the place of its use. */
  readonly path: Path;
  /** The use of the component that added it; absent for what the author wrote. */
  readonly use: ComponentUseName | undefined;
}

export interface ComponentUseName {
  /** The key in `components`. */
  readonly name: string;
  readonly component: string;
}

/** What came from where, by path in the expanded definition. What is not mentioned stands where it was written. */
export class Origins {
  private readonly known = new Map<string, Origin>();

  /** The origin of a place, or of the nearest place around it that was added or moved. */
  of(path: Path): Origin {
    const below: (string | number)[] = [];
    for (let around = path; ; around = around.parent) {
      const origin = this.known.get(formatPath(around));
      if (origin !== undefined)
        return origin.use === undefined ? { ...origin, path: at(origin.path, ...below) } : origin;
      if (around.parent === undefined) return { path, use: undefined };
      below.unshift(around.key);
    }
  }

  added(path: Path, use: ComponentUseName, usePath: Path): void {
    this.known.set(formatPath(path), { path: usePath, use });
  }

  moved(from: Path, to: Path): void {
    this.known.set(formatPath(to), this.of(from));
  }
}
