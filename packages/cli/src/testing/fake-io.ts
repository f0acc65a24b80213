import { Readable } from 'node:stream';
import type { Io } from '../io.ts';

export interface FakeIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
  /** What Ctrl-C does. */
  interrupt(): void;
}

export interface FakeIoOptions {
  readonly stdin?: Readable | string;
  readonly terminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** An io that keeps what is written. */
export function fakeIo({ stdin = '', terminal = false, env = {} }: FakeIoOptions = {}): FakeIo {
  let out = '';
  let err = '';
  const stops = new Set<() => void>();
  const sink = (write: (text: string) => void) => ({ write, isTTY: terminal, columns: 100 });
  return {
    stdin: typeof stdin === 'string' ? Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]) : stdin,
    stdout: sink((text) => {
      out += text;
    }),
    stderr: sink((text) => {
      err += text;
    }),
    env,
    onInterrupt(stop) {
      stops.add(stop);
      return () => stops.delete(stop);
    },
    out: () => out,
    err: () => err,
    interrupt() {
      for (const stop of stops) stop();
    },
  };
}
