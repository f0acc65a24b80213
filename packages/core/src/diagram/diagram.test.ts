import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stateTree } from '../definition/state-tree.ts';
import { validMachine } from '../definition/testing/valid-machines.ts';
import { draw, expectTidy } from './testing/drawing.ts';

describe('toSvg', () => {
  test('draws every state and every transition exactly once', async () => {
    const drawn = await draw(crossing);
    expect(drawn.states().sort()).toEqual(pathsOf(crossing).sort());
    expect(drawn.transitions()).toEqual(Array.from({ length: 15 }, (_, number) => String(number)));
  });

  test('draws states without overlap, inside their parents, and labels that cover nothing', {
    timeout: 60_000,
  }, async () => {
    for (const definition of [crossing, ...(await examples())]) {
      for (const direction of [undefined, 'down', 'right'] as const) {
        expectTidy(await draw(definition, direction && { direction }));
      }
    }
  });

  test('leads every arrow from its state to its target, also back and out of boxes', async () => {
    for (const direction of ['down', 'right'] as const) {
      const drawn = await draw(crossing, { direction });
      const ends = [
        ['3', 'work.a', 'work.d'],
        ['5', 'work.a', 'work.a'],
        ['8', 'work.b.more', 'work.c'],
        ['9', 'work.b.more', 'work.b.in'],
        ['10', 'work.b.more', 'work.h'],
        ['13', 'work.h', 'work.a'],
        ['6', 'work.b', 'work.b.more'],
        ['0', 'work', 'other'],
      ] as const;
      for (const [number, source, target] of ends) {
        const transition = drawn.root.find('transition', number);
        expect(drawn.touches(transition, source, 'first'), `${number} from ${source}`).toBe(true);
        expect(drawn.touches(transition, target, 'last'), `${number} to ${target}`).toBe(true);
      }
    }
  });

  test('writes guards, what is left after them, actions, durations, outcomes, effects, entry, exit and tags', async () => {
    const { root } = await draw(crossing);
    expect(root.find('transition', '1').text()).toBe('GO [context.amount > 100] GO [context.amount > 100]');
    expect(root.find('transition', '3').lines()).toEqual(['GO', '[else]']);
    expect(root.find('transition', '2').lines()).toEqual(['GO', '[isAdult]', '/ notify, assign x y']);
    expect(root.find('transition', '7').lines()).toEqual(['always', '[ready]']);
    expect(root.find('transition', '8').lines()).toEqual(['done', '[event.output > 600]']);
    expect(root.find('transition', '11').lines()).toEqual(['30d']);
    expect(root.find('transition', '11').classes('icon')).toEqual(['icon clock']);
    expect(root.find('transition', '12').text()).toBe('after 1500ms / tick');
    expect(root.find('state', 'work.a').lines()).toEqual(['a', 'greet, log', 'raise LEFT', 'human', 'slow']);
    expect(root.find('state', 'work.b.more').lines()).toEqual(['more', 'retry › call credit.score']);
    expect(root.find('state', 'work.h').lines()).toEqual(['H*']);
    expect(root.find('state', 'work.d').classes('ring')).toHaveLength(2);
  });

  test('marks where compound states begin, forks and regions', async () => {
    const { root } = await draw(crossing);
    expect(root.all('dot initial')).toHaveLength(3);
    expect(root.all('dot fork')).toHaveLength(1);
    // to the fork, and from it to both targets
    expect(root.find('transition', '4').all('edge')).toHaveLength(3);
    expect(root.find('state', 'work').attribute('class')).toContain('region');
    expect(root.find('state', 'work.b').attribute('class')).not.toContain('region');
  });

  test('highlights active states with those around them, and the transitions they can take', async () => {
    const { root } = await draw(crossing, { current: ['work.b.more', 'other.x'], visited: ['work.a', 'nowhere'] });
    const named = (name: string): string[] =>
      root
        .all('')
        .filter((item) => item.attribute('class')?.split(' ').includes(name))
        .map((item) => item.attribute('data-state') ?? '');
    expect(named('active')).toEqual(['', 'work', 'work.b', 'work.b.more', 'other', 'other.x']);
    expect(named('visited')).toEqual(['work.a']);
    const enabled = root.all('transition enabled').map((item) => item.attribute('data-source'));
    expect(new Set(enabled)).toEqual(new Set(['work', 'work.b', 'work.b.more', 'other.x']));
  });

  test('cuts long texts and says them whole where a pointer rests', async () => {
    const long = 'context.customer.rating >= 7 && '.repeat(8).concat('true');
    const { root } = await draw({
      id: 'm',
      initial: 'a',
      states: { a: { always: { guard: long, target: 'b' } }, b: {} },
    });
    const shown = root.find('transition', '0').lines()[1]!;
    expect(shown).toMatch(/^\[context\.customer.*…$/);
    expect(root.find('transition', '0').text()).toContain(long);
  });

  test('lets no label become markup', async () => {
    const hostile = '</text><script>alert(1)</script>"\' & ]]> \u0000\ud800 -->';
    const definition = {
      id: hostile,
      description: hostile,
      initial: hostile,
      states: {
        [hostile]: { tags: hostile, entry: hostile, on: { [hostile]: { guard: hostile, target: '.nowhere<' } } },
      },
    };
    const { root, source } = await draw(definition);
    expect(source).not.toContain('<script');
    expect(root.all('').map((item) => item.name)).not.toContain('script');
    expect(root.text()).toContain('<script>');
  });

  test('is accessible and needs nothing from outside', async () => {
    const { root, source } = await draw(crossing, { current: ['work.c'] });
    expect(root.attribute('role')).toBe('img');
    expect(root.attribute('aria-label')).toBe('Statechart loan: 11 states, 15 transitions. Now in work.c.');
    expect(root.children()[0]!.text()).toBe('loan');
    expect(root.children()[1]!.name).toBe('desc');
    expect(source).not.toMatch(/(?:href|url\(|@import|<foreignObject)/);
  });

  test('follows the page, or is light or dark', async () => {
    const door = { id: 'door', initial: 'a', states: { a: {} } };
    expect((await draw(door)).source).toContain('@media(prefers-color-scheme:dark)');
    const [light, dark] = [await draw(door, { theme: 'light' }), await draw(door, { theme: 'dark' })];
    for (const { source } of [light, dark]) expect(source).not.toContain('@media');
    expect(light.source).not.toBe(dark.source);
  });

  test('draws the same picture every time, also of a compiled machine', async () => {
    const [first, second] = [await draw(crossing), await draw({ definition: crossing })];
    expect(second.source).toBe(first.source);
  });

  test('draws a machine with the semantics of SCXML', async () => {
    const { root, states } = await draw({
      id: 'scxml',
      name: 'a name',
      semantics: 'scxml',
      initial: { target: ['#deep'] },
      states: {
        outer: {
          initial: 'other',
          data: { Var1: '{{ 0 }}' },
          states: {
            deep: { id: 'deep', on: { ' go ': '#h', 'a b.*': { actions: [{ block: [{ script: 'x' }] }] } } },
            other: {
              entry: [{ block: [{ if: [{ guard: 'Var1 == 1', actions: [] }] }, { foreach: 'xs', item: 'x' }] }],
            },
            h: { id: 'h', type: 'history', initial: { target: '#deep' } },
          },
        },
      },
    });
    expect(states()).toHaveLength(5);
    expect(root.children()[0]!.text()).toBe('a name');
    expect(root.find('state', 'outer').lines()).toEqual(['outer', 'Var1']);
    expect(root.find('state', 'outer.deep').lines()).toEqual(['deep', 'a b.* / script']);
    expect(root.find('state', 'outer.other').lines()).toEqual(['other', 'if Var1 == 1, foreach x of xs']);
    expect(root.find('transition', '0').lines()).toEqual(['go']);
  });

  test('draws what is wrong as far as it can be read', async () => {
    const { root } = await draw({ id: 'm', initial: 'a', states: { a: { on: { GO: 'nowhere', STAY: null } }, b: 5 } });
    expect(root.all('missing').map((item) => item.lines())).toEqual([['? nowhere']]);
    expect((await draw({})).root.lines()).toEqual(['machine']);
  });

  test('draws any valid machine tidily', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(validMachine, async (definition) => {
        const drawn = await draw(definition);
        expect(drawn.states().sort()).toEqual(pathsOf(definition).sort());
        expectTidy(drawn);
      }),
      { numRuns: 30 },
    );
  });

  test('draws 300 states in reasonable time', { timeout: 60_000 }, async () => {
    // CPU time: how many share the machine is nothing the layout can help
    const started = process.threadCpuUsage();
    const { states } = await draw(largeMachine(300));
    expect(states()).toHaveLength(331);
    const { user, system } = process.threadCpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(10);
  });
});

const crossing = {
  id: 'loan',
  type: 'parallel',
  states: {
    work: {
      initial: { target: 'a', actions: 'begin' },
      onDone: 'other',
      states: {
        a: {
          on: {
            GO: [
              { target: 'b', guard: 'context.amount > 100' },
              { target: 'c', guard: 'isAdult', actions: ['notify', { assign: { x: 1, y: 2 } }] },
              'd',
            ],
            BOTH: { target: ['#loan.other.y', '#loan.work.c'] },
            AGAIN: { target: 'a', reenter: true },
          },
          tags: ['human', 'slow'],
          entry: ['greet', { log: 'hi' }],
          exit: { raise: 'LEFT' },
        },
        b: {
          initial: 'in',
          on: { UPDATE: '.more' },
          states: {
            in: { always: { guard: 'ready', target: 'more' } },
            more: {
              effect: { type: 'retry', attempts: 3, effect: { type: 'call', function: 'credit.score' } },
              onDone: [{ guard: 'event.output > 600', target: '#loan.work.c' }, { target: 'in' }],
              onError: '#loan.work.h',
            },
          },
        },
        c: { after: { '30d': 'd', '1500ms': { actions: 'tick' } } },
        h: { type: 'history', history: 'deep', target: 'a' },
        d: { type: 'final' },
      },
    },
    other: { initial: 'x', states: { x: { on: { T: 'y' } }, y: {} } },
  },
};

async function examples(): Promise<object[]> {
  const names = ['loan-application', 'smart-door', 'traffic-light'];
  return names.map((name) => {
    const file = new URL(`../../../../examples/${name}/machine.json`, import.meta.url);
    return JSON.parse(readFileSync(file, 'utf8'));
  });
}

/** Ten compound states of thirty, with arrows along, across and back. */
function largeMachine(count: number): object {
  const group = (number: number): object => ({
    initial: 's0',
    on: { NEXT: `g${(number + 1) % 30}` },
    states: Object.fromEntries(
      Array.from({ length: count / 30 }, (_, index) => [
        `s${index}`,
        {
          on: {
            GO: `s${(index + 1) % (count / 30)}`,
            BACK: { target: 's0', guard: 'context.x > 1' },
            ...(index === 5 && number % 3 === 0 && { JUMP: `#big.g${(number + 7) % 30}.s2` }),
          },
        },
      ]),
    ),
  });
  return {
    id: 'big',
    initial: 'g0',
    states: Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`g${n}`, group(n)])),
  };
}

function pathsOf(definition: object): string[] {
  return stateTree(definition as Record<string, unknown>).states.map(({ path }) => path);
}
