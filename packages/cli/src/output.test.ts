import { FsmError } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { Output } from './output.ts';
import { type FakeIoOptions, fakeIo } from './testing/fake-io.ts';

const failure = new FsmError('FILE_NOT_FOUND', 'There is no file a.json.', {
  hint: 'Did you mean b.json?',
  path: '$.states',
});

function outputOf(use: (output: Output) => void, options: FakeIoOptions = {}, json = false) {
  const io = fakeIo(options);
  use(new Output(io, json));
  return { out: io.out(), err: io.err() };
}

describe('Output', () => {
  test('results go to stdout, what is said along the way to stderr', () => {
    const { out, err } = outputOf((output) => {
      output.notice('working');
      output.print('done');
    });
    expect([out, err]).toEqual(['done\n', 'working\n']);
  });

  test('an error says what is wrong, where, and what to try', () => {
    const { out, err } = outputOf((output) => output.error(failure));
    expect(out).toBe('');
    expect(err).toBe('error There is no file a.json. [FILE_NOT_FOUND]\n  at  $.states\n  try Did you mean b.json?\n');
  });

  test('with --json an error is the last line of stdout', () => {
    const { out, err } = outputOf((output) => output.error(failure), {}, true);
    expect(err).toBe('');
    expect(JSON.parse(out)).toEqual({
      error: {
        code: 'FILE_NOT_FOUND',
        message: 'There is no file a.json.',
        hint: 'Did you mean b.json?',
        path: '$.states',
      },
    });
  });

  test('what is no coded error is reported as a bug, with its stack', () => {
    const { err } = outputOf((output) => output.error(new TypeError('x is undefined')));
    expect(err).toContain('TypeError: x is undefined');
    expect(err).toContain('output.test.ts');
    expect(err).toContain('bug of fsm');
  });

  test('colours appear on a terminal only, and not against NO_COLOR or on a dumb one', () => {
    const painted = (options: FakeIoOptions) =>
      outputOf((output) => output.print(output.paint('red', 'x')), options).out;
    expect(painted({ terminal: true })).toBe('\u001b[31mx\u001b[39m\n');
    expect(painted({})).toBe('x\n');
    expect(painted({ terminal: true, env: { NO_COLOR: '1' } })).toBe('x\n');
    expect(painted({ terminal: true, env: { TERM: 'dumb' } })).toBe('x\n');
  });

  test('a status stays below the notices of a terminal and is never written anywhere else', () => {
    const use = (output: Output) => {
      output.status('50 %');
      output.notice('line 3 rejected');
      output.status('');
    };
    expect(outputOf(use, { terminal: true }).err).toBe('\r\u001b[K50 %\r\u001b[Kline 3 rejected\n50 %\r\u001b[K');
    expect(outputOf(use).err).toBe('line 3 rejected\n');
  });
});
