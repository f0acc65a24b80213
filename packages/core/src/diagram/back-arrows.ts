import type { Arrow, Shape } from './chart.ts';

/**
 * The arrows that lead back to where a walk from the initial state has come from. Turned round for the layout, they
 * leave nothing that goes in circles, so the picture begins where the machine begins.
 */
export function backArrows(arrows: readonly Arrow[]): ReadonlySet<Arrow> {
  const steps = new Map<Shape, Step[]>();
  for (const arrow of arrows) {
    const step = stepBetweenSiblings(arrow);
    if (step === undefined) continue;
    const others = steps.get(step.from);
    if (others === undefined) steps.set(step.from, [step]);
    else others.push(step);
  }
  const back = new Set<Arrow>();
  const finished = new Set<Shape>();
  // marks come before the states beside them, so every walk starts at an initial state where there is one
  const starts = [...steps.keys()].sort(
    (a, b) => Number(b.kind === 'initial') - Number(a.kind === 'initial') || a.index - b.index,
  );
  for (const start of starts) walk(start, steps, finished, back);
  return back;
}

interface Step {
  readonly arrow: Arrow;
  readonly from: Shape;
  readonly to: Shape;
}

/** An arrow as it is seen in the nearest box around both its ends; none between a box and something in it. */
function stepBetweenSiblings(arrow: Arrow): Step | undefined {
  let { source: from, target: to } = arrow;
  while (from.depth > to.depth) from = from.parent!;
  while (to.depth > from.depth) to = to.parent!;
  if (from === to) return undefined;
  while (from.parent !== to.parent) {
    from = from.parent!;
    to = to.parent!;
  }
  return { arrow, from, to };
}

/** Depth first and without recursion: a chain of states may be long. */
function walk(start: Shape, steps: ReadonlyMap<Shape, readonly Step[]>, finished: Set<Shape>, back: Set<Arrow>): void {
  if (finished.has(start)) return;
  const trail = [{ shape: start, next: 0 }];
  const open = new Set([start]);
  while (trail.length > 0) {
    const top = trail.at(-1)!;
    const step = steps.get(top.shape)?.[top.next++];
    if (step === undefined) {
      open.delete(top.shape);
      finished.add(top.shape);
      trail.pop();
    } else if (open.has(step.to)) back.add(step.arrow);
    else if (!finished.has(step.to)) {
      open.add(step.to);
      trail.push({ shape: step.to, next: 0 });
    }
  }
}
