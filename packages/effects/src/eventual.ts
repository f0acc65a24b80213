/**
 * A value that is there already, or a promise of it. The executor stays synchronous as long as every leaf does, so a
 * thousand trivial steps cost no promise and no turn of the event loop.
 */
export type Eventual<T> = T | Promise<T>;

export function isPromise<T>(value: Eventual<T>): value is Promise<T> {
  return value instanceof Promise;
}

/** A promise of any make, as functions of other people return them. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Goes on with the value: now when it is there, otherwise when it arrives. */
export function after<T, U>(value: Eventual<T>, next: (value: T) => Eventual<U>): Eventual<U> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Like `after`, for both ways in which `run` may end. An error in `done` is not handed to `failed`. */
export function settle<T, U>(
  run: () => Eventual<T>,
  done: (value: T) => Eventual<U>,
  failed: (error: unknown) => Eventual<U>,
): Eventual<U> {
  let value: Eventual<T>;
  try {
    value = run();
  } catch (error) {
    return failed(error);
  }
  return isPromise(value) ? value.then(done, failed) : done(value);
}

/** A promise that nothing ever settles. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
