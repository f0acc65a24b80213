import type { Readable } from 'node:stream';

/** Where text goes. `process.stdout` is one; a test collects into a string. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Everything a command knows of the world around it, so that tests run commands in-process. */
export interface Io {
  readonly stdin: Readable;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `stop` when the user or the system asks the process to end. Returns how to take that back. */
  onInterrupt(stop: () => void): () => void;
}

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The io of this process. */
export function processIo(): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    onInterrupt(stop) {
      for (const signal of endSignals) process.on(signal, stop);
      return () => {
        for (const signal of endSignals) process.off(signal, stop);
      };
    },
  };
}
