import { expandComponents } from '../components/expand.ts';
import type { MachineDefinition } from '../definition/definition.ts';
import { type Chart, chartOf, type Shape } from './chart.ts';
import { type Direction, layoutChart } from './layout.ts';
import { renderSvg } from './render.ts';
import type { Theme } from './style-sheet.ts';

export type { Direction } from './layout.ts';
export type { Theme } from './style-sheet.ts';

export interface SvgOptions {
  /** Paths of active states, for example the configuration of a snapshot: they are filled, and what they can do stands out. */
  readonly current?: readonly string[];
  /** Paths of states that were active before. */
  readonly visited?: readonly string[];
  /** `auto`, the default, follows the page or the system the picture is shown in. */
  readonly theme?: Theme;
  /** Where the arrows lead; by default, in every box, the way that gives the better proportions. */
  readonly direction?: Direction;
}

/**
 * The machine as a statechart in SVG: a picture that needs nothing else, in a browser, in a document or in a README.
 *
 * A definition becomes a *chart* (`chart.ts`): boxes in boxes, and arrows, all with the texts they show
 * (`transitions.ts`, `notes.ts`). Texts are measured (`measure.ts`), boxes and arrows get their places from ELK, from
 * the inside out (`layout.ts`), and the result is written as SVG (`render.ts`). No step needs a browser, and the same
 * definition always gives the same picture. A definition that is wrong is drawn as far as it can be read.
 *
 * ```ts
 * const svg = await toSvg(machine.definition, { current: snapshot.configuration });
 * ```
 */
export async function toSvg(
  machine: MachineDefinition | { readonly definition: MachineDefinition },
  options: SvgOptions = {},
): Promise<string> {
  const { definition } = expandComponents('definition' in machine ? machine.definition : machine);
  const chart = chartOf(definition);
  const layout = await layoutChart(chart, options.direction);
  return renderSvg(chart, layout, {
    active: withAncestors(chart, options.current ?? []),
    visited: withAncestors(chart, options.visited ?? []),
    theme: options.theme ?? 'auto',
  });
}

function withAncestors(chart: Chart, paths: readonly string[]): ReadonlySet<string> {
  const named = new Set(paths);
  const found = new Set<string>();
  for (const shape of chart.shapes) {
    if (shape.path === undefined || !named.has(shape.path)) continue;
    for (let at: Shape | undefined = shape; at !== undefined; at = at.parent) found.add(at.path!);
  }
  return found;
}
