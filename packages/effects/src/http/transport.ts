import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { LRUCache } from 'lru-cache';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import type { AddressPolicy } from './address-policy.ts';
import { portOf } from './url.ts';

/** Resolves a name to all its addresses, like `dns.lookup`. */
export type Resolve = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface TransportOptions {
  readonly policy: AddressPolicy;
  readonly resolve: Resolve | undefined;
  readonly connectTimeout: number;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  readonly keepAlive: number;
  /** Connections to one origin. */
  readonly connections: number;
  /** Origins to which connections are kept. */
  readonly origins: number;
}

/**
 * Connections to servers, kept open for the next request: one bounded pool for each origin.
 *
 * T1  Every connection is checked when it is made: names by the addresses they resolve to at that moment, and only to
 *     those that are permitted is connected. So a name that changes its address between a check and the connection
 *     (DNS rebinding) gains nothing.
 * T2  The least recently used origin makes room for a new one; its requests in flight still end.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #pools: LRUCache<string, Pool>;
  /** Pools that no longer take requests. */
  readonly #closing = new Set<Promise<void>>();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#pools = new LRUCache({ max: options.origins, dispose: (pool) => this.#retire(pool.close()) });
  }

  dispatcher(url: URL): Dispatcher {
    let pool = this.#pools.get(url.origin);
    if (pool === undefined) {
      pool = this.#pool(url);
      this.#pools.set(url.origin, pool);
    }
    return pool;
  }

  /** Connections that are open, by origin. */
  connections(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#pools].map(([origin, pool]) => [origin, pool.stats.connected]));
  }

  /** Breaks everything off. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    for (const pool of pools) this.#retire(pool.destroy());
    this.#pools.clear();
    await Promise.all(this.#closing);
  }

  #retire(closed: Promise<void>): void {
    // a pool that is closed twice says so; it is closed all the same
    const done = closed.catch(() => {}).finally(() => this.#closing.delete(done));
    this.#closing.add(done);
  }

  #pool(url: URL): Pool {
    const { headersTimeout, bodyTimeout, keepAlive, connections } = this.#options;
    return new Pool(url.origin, {
      connections,
      headersTimeout,
      bodyTimeout,
      keepAliveTimeout: keepAlive,
      keepAliveMaxTimeout: Math.max(keepAlive, 60_000),
      pipelining: 1,
      connect: this.#connector(url),
    });
  }

  #connector(url: URL): buildConnector.connector {
    const { policy, connectTimeout } = this.#options;
    const port = portOf(url);
    const connect = buildConnector({
      timeout: connectTimeout,
      allowH2: false,
      lookup: this.#lookup(port),
    });
    return (options, callback) => {
      const { hostname } = options;
      // literal addresses are connected to without being looked up
      const literal = hostname.replace(/^\[(.*)\]$/, '$1');
      if (isIP(literal) !== 0 && !policy.permits(literal, port, literal)) {
        callback(policy.refusal(literal, port, literal), null);
        return;
      }
      connect(options, callback);
    };
  }

  #lookup(port: number): LookupFunction {
    const { policy, resolve = systemResolve } = this.#options;
    return (hostname, options, callback) => {
      resolve(hostname).then(
        (found) => {
          const permitted = found.filter(
            ({ address }) => isIP(address) !== 0 && policy.permits(hostname, port, address),
          );
          if (permitted.length === 0) {
            const error = found.length === 0 ? notFound(hostname) : policy.refusal(hostname, port, found[0]!.address);
            callback(error, []);
          } else if (options.all) {
            callback(
              null,
              permitted.map(({ address }) => ({ address, family: isIP(address) })),
            );
          } else callback(null, permitted[0]!.address, isIP(permitted[0]!.address));
        },
        (error) => callback(error, []),
      );
    };
  }
}

function systemResolve(hostname: string): ReturnType<Resolve> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  });
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address was found for ${hostname}`), { code: 'ENOTFOUND' });
}
