import type { Arrow, Shape } from './chart.ts';
import type { Box, Route } from './layout.ts';
import { headSize } from './measure.ts';

const gap = 16;
/** How much wider than high a box should become: pages scroll down, and texts must not become small. */
const aspect = 1.05;

/** How large the page must be that a box fits on. */
export function pageCost({ width, height }: { readonly width: number; readonly height: number }): number {
  return Math.max(width / aspect, height);
}

/** Regions that nothing connects, in rows of the same height, so that all of them together have the form of a page. */
export function packRegions(
  box: Shape,
  done: ReadonlyMap<Shape, Box>,
): { readonly boxes: ReadonlyMap<Shape, Box>; readonly routes: ReadonlyMap<Arrow, Route> } {
  const head = headSize(box);
  const regions = box.children.map((shape) => ({ shape, ...(done.get(shape) ?? { ...headSize(shape) }) }));
  const candidates = regions.map((_, first) => rowsOf(regions, regions.slice(0, first + 1).reduce(sumWidth, -gap)));
  const best = candidates.reduce((a, b) => (cost(b) < cost(a) ? b : a), candidates[0] ?? []);
  const width = Math.max(head.width, rowsWidth(best) + 2 * gap);
  const boxes = new Map<Shape, Box>();
  let y = head.height + gap;
  for (const row of best) {
    const height = Math.max(...row.map((region) => region.height));
    // what a row has left over goes to its regions, so that all rows end at the same line
    const stretching = row.filter(isRegion);
    const spare = (width - 2 * gap - row.reduce(sumWidth, -gap)) / Math.max(1, stretching.length);
    let x = gap;
    for (const region of row) {
      const size = isRegion(region) ? { width: region.width + spare, height } : region;
      boxes.set(region.shape, { x, y, width: size.width, height: size.height });
      x += size.width + gap;
    }
    y += height + gap;
  }
  boxes.set(box, { x: 0, y: 0, width, height: y });
  return { boxes, routes: new Map() };
}

interface Region {
  readonly shape: Shape;
  readonly width: number;
  readonly height: number;
}

/** A history state is only a mark. */
function isRegion({ shape }: Region): boolean {
  return shape.kind !== 'history';
}

function rowsOf(regions: readonly Region[], widest: number): Region[][] {
  const rows: Region[][] = [];
  for (const region of regions) {
    const row = rows.at(-1);
    if (row !== undefined && row.reduce(sumWidth, 0) + region.width <= widest) row.push(region);
    else rows.push([region]);
  }
  return rows;
}

function cost(rows: readonly (readonly Region[])[]): number {
  const height = rows.reduce((sum, row) => sum + Math.max(...row.map((region) => region.height)) + gap, 0);
  return pageCost({ width: rowsWidth(rows), height });
}

function rowsWidth(rows: readonly (readonly Region[])[]): number {
  return Math.max(0, ...rows.map((row) => row.reduce(sumWidth, -gap)));
}

function sumWidth(sum: number, { width }: Region): number {
  return sum + width + gap;
}
