import { main } from '../main.ts';
import { type FakeIoOptions, fakeIo } from './fake-io.ts';

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout as JSON. */
  readonly json: unknown;
}

/** Runs one command in this process. */
export async function fsm(args: readonly string[], options: FakeIoOptions = {}): Promise<Finished> {
  const io = fakeIo(options);
  const code = await main(args, io);
  const last = io.out().trimEnd().split('\n').at(-1) ?? '';
  return { code, stdout: io.out(), stderr: io.err(), json: /^[{[]/.test(last) ? JSON.parse(last) : undefined };
}
