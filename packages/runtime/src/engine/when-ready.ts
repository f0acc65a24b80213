/** Goes on at once with a value, later with a promised one: stores that answer synchronously cost no turn of the event loop. */
export function whenReady<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
