import type { EventMatching } from '../rules.ts';

/**
 * Event descriptors as SCXML has them: `foo` takes `foo` and everything that goes on with a dot, `*` takes all. The
 * longest descriptor that an event matches says which others it matches too, so there is one class for each.
 *
 * @see https://www.w3.org/TR/scxml/#EventDescriptors
 */
export class TokenClasses implements EventMatching {
  private readonly byDescriptor = new Map<string, number>();
  private readonly matching: (readonly string[])[] = [];
  private readonly any: number;

  constructor(descriptors: Iterable<string>) {
    const all = new Set(descriptors);
    this.any = all.has('*') ? this.add(['*']) : -1;
    for (const descriptor of [...all].sort((a, b) => a.length - b.length)) {
      if (descriptor === '*') continue;
      this.byDescriptor.set(descriptor, this.add([descriptor, ...this.descriptors(this.of(descriptor))]));
    }
  }

  of(type: string): number {
    for (let end = type.length; end > 0; end = type.lastIndexOf('.', end - 1)) {
      const found = this.byDescriptor.get(type.slice(0, end));
      if (found !== undefined) return found;
    }
    return this.any;
  }

  descriptors(index: number): readonly string[] {
    return this.matching[index] ?? [];
  }

  private add(descriptors: readonly string[]): number {
    return this.matching.push(descriptors) - 1;
  }
}
