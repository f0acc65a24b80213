import { expect, test } from 'vitest';
import { fsm } from './testing/in-process.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const folder = temporaryFolder();

const machine = folder.write(
  'rate/machine.json',
  JSON.stringify({
    id: 'rate',
    plugins: ['acme.Credit'],
    components: { bell: { use: 'acme.Bell', at: 'open' } },
    initial: 'open',
    states: {
      open: { on: { APPLY: { guard: 'awake', target: 'rating' } } },
      rating: { effect: { type: 'call', function: 'acme.rate' }, onDone: 'rated' },
      rated: { type: 'final' },
    },
  }),
);
const events = folder.write('events.ndjson', '{"instance":"a","type":"RING"}\n{"instance":"a","type":"APPLY"}\n');
const plugin = `{
  name: 'acme.Credit', description: 'Rates.',
  functions: { 'acme.rate': () => 7 },
  guards: { awake: ({ context }) => context.rings === 1 },
  components: [{
    name: 'acme.Bell', description: 'Rings.', parameters: z.strictObject({}),
    build: () => ({ on: { RING: { actions: { assign: { rings: '{{ context.rings + 1 }}' } } } }, context: { rings: 0 } }),
  }],
  hooks: () => ({}),
}`;
const zod = import.meta.resolve('zod');
const plugins = folder.write('plugins.mjs', `import { z } from '${zod}';\nexport default [${plugin}];\n`);

test('what a module of plugins brings, machines of `validate` and `run` may use', async () => {
  const checked = await fsm(['validate', machine, '--plugins', plugins]);
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('rate is valid') });
  const { code, stdout, stderr } = await fsm(['run', machine, '--events', events, '--plugins', plugins, '--json']);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ taken: 2, states: { rated: 1 } });
});

test('without them the machine is refused, and what is missing is named', async () => {
  const { code, stdout } = await fsm(['validate', machine]);
  expect(code).toBe(1);
  expect(stdout).toContain('[UNKNOWN_PLUGIN]');
  expect(stdout).toContain('[UNKNOWN_COMPONENT]');
});

test.each([
  ['nothing', 'export const other = 1;', 'MODULE_EMPTY'],
  ['something else', 'export default { name: "acme.X", description: "" };', 'PLUGIN_INVALID'],
  ['a program that fails', 'throw new Error("no license");', 'MODULE_FAILED'],
])('a module that exports %s is refused', async (what, text, code) => {
  const file = folder.write(`${what.length}.mjs`, text);
  const result = await fsm(['run', machine, '--events', events, '--plugins', file, '--json']);
  expect(result.code).not.toBe(0);
  expect(result.stdout + result.stderr).toContain(code);
});
