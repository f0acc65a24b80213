import type { ExecutionHost } from './host.ts';
import type { ResourceKey } from './services/services.ts';

/**
 * Something expensive that the effects of a registry use, such as its HTTP client. Executions whose host brings services
 * share the one that lives there and is closed with them; the others use one of the registry's own.
 */
export class SharedResource<T> {
  readonly #make: () => T;
  readonly #key: ResourceKey<T>;
  readonly #dispose: (resource: T) => Promise<void>;
  #own: T | undefined;

  constructor(make: () => T, dispose: (resource: T) => Promise<void>) {
    this.#make = make;
    this.#dispose = dispose;
    this.#key = { make, dispose };
  }

  of(host: ExecutionHost): T {
    if (host.services !== undefined) return host.services.resource(this.#key);
    this.#own ??= this.#make();
    return this.#own;
  }

  /** Disposes of the registry's own; the next use makes another. */
  async close(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    if (own !== undefined) await this.#dispose(own);
  }
}
