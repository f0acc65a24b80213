import type { NodeReport } from '@fsm/effects';
import type { Io } from '../io.ts';
import type { Output } from '../output.ts';
import { formatSpan, NodeTree, type TreeLine } from './node-tree.ts';

/** Shows what the nodes of an execution do, on stderr. */
export interface Display {
  note(report: NodeReport): void;
  say(text: string): void;
  /** The last picture stays. */
  finish(): void;
}

const mostLines = 20;
const refreshPause = 100;

/** On a terminal a tree that is drawn anew; elsewhere a line for each report when `verbose`, and nothing otherwise. */
export function openDisplay(io: Io, output: Output, verbose: boolean): Display {
  if (output.showsStatus) return new DrawnTree(io, output);
  const say = (text: string) => output.notice(text);
  return {
    note(report) {
      if (verbose) say(describe(report));
    },
    say,
    finish() {},
  };
}

function describe({ path, kind, phase, attempt, duration, error, message }: NodeReport): string {
  const parts = [path === '' ? kind : `${path} ${kind}`, phase];
  if (attempt !== undefined && phase === 'retrying') parts.push(`attempt ${attempt}`);
  if (duration !== undefined) parts.push(`after ${formatSpan(duration)}`);
  if (error !== undefined) parts.push(`[${error.code}]`);
  if (message !== undefined) parts.push(typeof message === 'string' ? message : JSON.stringify(message));
  return parts.join(' ');
}

const styles: { readonly [state in TreeLine['state']]: Parameters<Output['paintNotice']>[0] } = {
  running: 'cyan',
  finished: 'green',
  failed: 'red',
  cancelled: 'dim',
  retrying: 'yellow',
  compensating: 'yellow',
  undone: 'dim',
  detached: 'yellow',
};

class DrawnTree implements Display {
  readonly #io: Io;
  readonly #output: Output;
  readonly #tree = new NodeTree();
  readonly #timer: NodeJS.Timeout;
  #drawn = 0;

  constructor(io: Io, output: Output) {
    this.#io = io;
    this.#output = output;
    this.#timer = setInterval(() => this.#draw(), refreshPause);
    this.#timer.unref();
  }

  note(report: NodeReport): void {
    this.#tree.note(report);
  }

  say(text: string): void {
    this.#erase();
    this.#output.notice(text);
    this.#draw();
  }

  finish(): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#drawn = 0;
  }

  #draw(): void {
    const lines = this.#tree.lines(Date.now(), mostLines);
    const width = this.#output.statusWidth;
    this.#erase();
    for (const { state, text } of lines) {
      const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
      this.#io.stderr.write(`${this.#output.paintNotice(styles[state], cut)}\n`);
    }
    this.#drawn = lines.length;
  }

  /** Back to where the picture began, and everything below away. */
  #erase(): void {
    if (this.#drawn > 0) this.#io.stderr.write(`\u001b[${this.#drawn}A\r\u001b[J`);
    this.#drawn = 0;
  }
}
