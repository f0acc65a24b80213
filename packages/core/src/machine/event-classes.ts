import { describe } from '../definition/plain.ts';
import { FsmError } from '../error.ts';

/**
 * Event descriptors of a machine, and which of them an event type matches: `a.b` itself, `a.b.*` and `a.*`, and `*`.
 *
 * Types that match the same descriptors form a class. There are finitely many classes however many types the world
 * sends, so what is worked out per class can be remembered without bound by senders.
 */
export class EventClasses {
  private readonly exact = new Map<string, number>();
  /** `a.b` for the descriptor `a.b.*`. */
  private readonly prefixes = new Map<string, number>();
  private readonly any: number;
  private readonly matching: (readonly string[])[] = [];

  constructor(descriptors: Iterable<string>) {
    const all = new Set(descriptors);
    this.any = all.has('*') ? this.add(['*']) : none;
    const prefixes = [...all]
      .filter((descriptor) => descriptor.endsWith('.*'))
      .map((descriptor) => descriptor.slice(0, -2));
    // shorter first, so that a longer one finds the class it extends
    for (const prefix of prefixes.sort((a, b) => a.length - b.length)) {
      const shorter = this.wildcardClass(prefix);
      this.prefixes.set(prefix, this.add([`${prefix}.*`, ...this.descriptors(shorter)]));
    }
    for (const descriptor of all) {
      if (descriptor === '*' || descriptor.endsWith('.*')) continue;
      this.exact.set(descriptor, this.add([descriptor, ...this.descriptors(this.wildcardClass(descriptor))]));
    }
  }

  /** The class of an event type; `-1` when no descriptor of the machine matches it. */
  of(type: string): number {
    return this.exact.get(type) ?? this.wildcardClass(type);
  }

  /** The descriptors a class matches, in the order in which a state tries them: exact, then longer before shorter. */
  descriptors(index: number): readonly string[] {
    return this.matching[index] ?? [];
  }

  private wildcardClass(type: string): number {
    if (typeof type !== 'string') throw notAnEvent(type);
    if (this.prefixes.size > 0) {
      for (let end = type.length; end >= 0; end = end === 0 ? -1 : type.lastIndexOf('.', end - 1)) {
        const found = this.prefixes.get(type.slice(0, end));
        if (found !== undefined) return found;
      }
    }
    // `*` is for what nobody expected; a failed effect must not vanish in it
    return type.startsWith('error.') ? none : this.any;
  }

  private add(descriptors: readonly string[]): number {
    return this.matching.push(descriptors) - 1;
  }
}

const none = -1;

function notAnEvent(type: unknown): FsmError {
  return new FsmError('EVENT_INVALID', `An event needs a text as \`type\`, but this one has ${describe(type)}.`, {
    hint: 'Send `{ "type": "…", "data": … }`.',
  });
}
