import fc from 'fast-check';

interface Shape {
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly children: readonly Shape[];
}

interface Draft {
  readonly path: string;
  readonly kind: Shape['kind'];
  readonly definition: Record<string, unknown>;
}

const shape = fc.letrec<{ state: Shape }>((tie) => ({
  state: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constantFrom('atomic', 'atomic', 'final', 'history'), children: fc.constant([]) }),
    fc.record({
      kind: fc.constantFrom('compound', 'parallel'),
      children: fc.array(tie('state'), { minLength: 1, maxLength: 4 }),
    }),
  ),
})).state;

const guard = fc.option(
  fc.constantFrom<unknown>(
    'context.n > 1',
    'isReady',
    { type: 'isReady', params: { least: '{{ context.n }}' } },
    { and: ['isReady', { not: 'event.data == null' }] },
    { in: '#m' },
  ),
);

const actions = fc.array(
  fc.constantFrom<unknown>(
    'notify',
    { type: 'notify', params: ['{{ event.type }}'] },
    { assign: { n: '{{ context.n + 1 }}', 'deep.er': true } },
    { raise: 'TICK', delay: '5s', id: 'tick' },
    { send: { type: 'GO', data: { n: '{{ context.n }}' } }, to: 'parent' },
    { cancel: 'tick' },
    { log: 'n is {{ context.n }}', level: 'debug' },
    { emit: 'CHANGED' },
  ),
  { maxLength: 3 },
);

const transition = fc.record({
  source: fc.nat(),
  target: fc.option(fc.nat()),
  trigger: fc.constantFrom(
    'on.GO',
    'on.pay.*',
    'on.*',
    'after.30s',
    'after.context.n * 1000',
    'always',
    'onDone',
    'invoke',
  ),
  guard,
  actions,
  reenter: fc.boolean(),
});

/** Machine definitions without errors, with every kind of state and of transition. */
export const validMachine: fc.Arbitrary<Record<string, unknown>> = fc
  .record({
    children: fc.array(shape, { minLength: 1, maxLength: 4 }),
    parallel: fc.boolean(),
    transitions: fc.array(transition, { maxLength: 12 }),
  })
  .map(({ children, parallel, transitions }) => {
    const drafts: Draft[] = [];
    const root = build({ kind: parallel ? 'parallel' : 'compound', children }, '', drafts);
    for (const each of transitions) addTransition(drafts, each);
    return { id: 'm', context: { n: 0 }, ...root };
  });

function build({ kind, children }: Shape, path: string, drafts: Draft[]): Record<string, unknown> {
  const definition: Record<string, unknown> = {};
  drafts.push({ path, kind, definition });
  if (kind === 'parallel' || kind === 'final' || kind === 'history') definition.type = kind;
  if (children.length === 0) return definition;
  // a compound state begins in an ordinary child, and so does what its history stands for
  const first: Shape = { kind: 'atomic', children: [] };
  const all = kind === 'compound' ? [first, ...children] : children;
  if (kind === 'compound') definition.initial = 's0';
  definition.states = Object.fromEntries(
    all.map((child, index) => [`s${index}`, build(child, path === '' ? `s${index}` : `${path}.s${index}`, drafts)]),
  );
  return definition;
}

function addTransition(
  drafts: readonly Draft[],
  spec: {
    source: number;
    target: number | null;
    trigger: string;
    guard: unknown;
    actions: unknown[];
    reenter: boolean;
  },
): void {
  const { kind, definition, path } = drafts[spec.source % drafts.length]!;
  if (kind === 'final' || kind === 'history') return;
  const target = spec.target === null ? undefined : drafts[spec.target % drafts.length]!;
  const made = {
    ...(target === undefined ? undefined : { target: target.path === '' ? '#m' : `#m.${target.path}` }),
    // without a guard an eventless transition might never end
    ...(spec.guard === null && spec.trigger !== 'always' ? undefined : { guard: spec.guard ?? 'isReady' }),
    ...(spec.actions.length === 0 ? undefined : { actions: spec.actions }),
    ...(spec.reenter ? { reenter: true } : undefined),
  };
  const [key = '', ...rest] = spec.trigger.split('.');
  if (key === 'onDone') {
    if (path === '') return;
    if (kind === 'atomic') definition.effect = { type: 'call', function: 'work' };
    definition.onDone = made;
  } else if (key === 'invoke') {
    definition.invoke = { effect: { type: 'delay', for: '1s' }, onDone: made, onError: [made, made] };
  } else if (key === 'always') {
    definition.always = made;
  } else {
    definition[key] = { ...(definition[key] as object | undefined), [rest.join('.')]: made };
  }
}
