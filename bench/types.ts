import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Benchmark, type BenchmarkOptions, type BenchmarkResult, compare } from './comparison.ts';
import { inFreshDirectory } from './host-machine.ts';
import { figure } from './measure.ts';

export const typesBenchmark: Benchmark = {
  name: 'types',
  title: 'Type checking: a large machine in defineMachine, against the same as a plain MachineDefinition',
  run,
};

interface Checked {
  /** CPU time of the compiler where the system tells it, else its own check time. */
  readonly seconds: number;
  readonly instantiations: number;
  readonly megabytes: number;
}

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const rounds = options.rounds ?? (options.quick ? 1 : 5);
  const states = options.quick ? 20 : 300;
  const typed: Checked[] = [];
  const plain: Checked[] = [];
  await inFreshDirectory(options.directory, (directory) => {
    for (let round = 0; round < rounds; round++) {
      options.progress(`round ${round + 1} of ${rounds}`);
      plain.push(check(directory, plainSource(states)));
      typed.push(check(directory, typedSource(states)));
    }
  });
  const of = (list: readonly Checked[], key: keyof Checked) => figure(list.map((one) => one[key]));
  const row = (what: string, unit: string, key: keyof Checked) =>
    compare(
      {
        what,
        unit,
        better: 'lower',
        ours: of(typed, key),
        peer: { name: 'MachineDefinition', figure: of(plain, key) },
      },
      options,
    );
  // What disturbs a compiler only makes it slower: the least of all rounds is nearest to what the work costs.
  const added = of(typed, 'seconds').min - of(plain, 'seconds').min;
  return {
    comparisons: [
      compare(
        {
          what: `added by ${states} states`,
          unit: 's',
          better: 'lower',
          ours: figure([added]),
          target: { text: '< 1.5 s', met: ({ ours }) => ours < 1.5 },
        },
        options,
      ),
      row('compiler, CPU time', 's', 'seconds'),
      row('instantiations', 'types', 'instantiations'),
      row('memory', 'MB', 'megabytes'),
    ],
    notes: [
      `A machine of ${states} states with inline guards, lists of transitions, \`assign\`, targets by name, path and id; all of @fsm/core is checked with it on both sides.`,
      'One thread; what the machine adds is the difference of the least times. Instantiations do not depend on how busy the computer is.',
    ],
  };
}

function check(directory: string, source: string): Checked {
  const root = fileURLToPath(new URL('..', import.meta.url));
  writeFileSync(join(directory, 'machine.ts'), source);
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
      include: ['machine.ts'],
    }),
  );
  const compiler = join(root, 'node_modules/.bin/tsc');
  const before = cpuSecondsOfChildren();
  const { stdout } = spawnSync(compiler, ['--noEmit', '--singleThreaded', '--extendedDiagnostics', '-p', directory], {
    encoding: 'utf8',
  });
  // An error elsewhere is not this benchmark's, and costs nothing.
  if (/^\S*machine\.ts\(.*error/m.test(stdout)) throw new Error(`The machine does not compile:\n${stdout}`);
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(stdout)?.[1]);
  return {
    seconds: before === undefined ? read('Check time') : cpuSecondsOfChildren()! - before,
    instantiations: read('Instantiations'),
    megabytes: read('Memory used') / 1024,
  };
}

/** Linux keeps it for every process: fields 16 and 17, in hundredths, of all children that have ended. */
function cpuSecondsOfChildren(): number | undefined {
  const file = '/proc/self/stat';
  if (!existsSync(file)) return undefined;
  const stat = readFileSync(file, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function plainSource(states: number): string {
  return `import { compile, type MachineDefinition, type MachineEvent, navigate, start } from ${coreModule()};
const big: MachineDefinition = ${machineText(states)};
const event: MachineEvent = { type: 'GO', data: { by: 1 } };
${useOfBig}`;
}

function typedSource(states: number): string {
  return `import { compile, defineMachine, type EventOf, navigate, start, type StatePath } from ${coreModule()};
const big = defineMachine(${machineText(states)});
const event: EventOf<typeof big> = { type: 'GO', data: { by: 1 } };
export const path: StatePath<typeof big> = 'g1.s4';
${useOfBig}`;
}

const useOfBig = `const machine = compile(big);
export const decision = navigate(machine, start(machine, { now: 0 }).snapshot, event, { now: 1 });
`;

function coreModule(): string {
  return JSON.stringify(fileURLToPath(new URL('../packages/core/src/index.ts', import.meta.url)));
}

/** Groups of ten states; every group has a state with an id of its own. */
function machineText(count: number): string {
  const groups = count / 10;
  const numbers = (length: number): number[] => Array.from({ length }, (_, index) => index);
  const state = (group: number, index: number): string => `s${index}: {
  ${index === 3 ? `id: 'id${group}', ` : ''}tags: ['t${index}'],
  on: {
    GO: [
      {
        target: 's${(index + 1) % 10}',
        guard: ({ context, event }) => context.count > event.data.by,
        actions: { assign: { count: '{{ context.count + 1 }}' } },
      },
      's0',
    ],
    JUMP: { target: '#big.g${(group + 3) % groups}.s2' },
    OWN: '#id${(group + 5) % groups}',
  },
  after: { '5s': 's0' },
}`;
  const group = (number: number): string => `g${number}: {
  initial: 's0',
  on: { NEXT: 'g${(number + 1) % groups}', INTO: '.s4' },
  states: { ${numbers(10)
    .map((index) => state(number, index))
    .join(', ')} },
}`;
  return `{
  id: 'big',
  context: { count: 0 },
  events: {
    GO: { data: { type: 'object', properties: { by: { type: 'number' } }, required: ['by'] } },
    JUMP: {}, OWN: {}, NEXT: {}, INTO: {},
  },
  initial: 'g0',
  states: { ${numbers(groups).map(group).join(', ')} },
}`;
}
