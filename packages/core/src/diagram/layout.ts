import Elk, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import { backArrows } from './back-arrows.ts';
import { type Arrow, type Chart, isInside, type Shape } from './chart.ts';
import { headSize, labelSize } from './measure.ts';
import { packRegions, pageCost } from './pack-regions.ts';

/** Where everything of a chart is, from the upper left corner of the root. */
export interface Layout {
  readonly boxes: ReadonlyMap<Shape, Box>;
  readonly routes: ReadonlyMap<Arrow, Route>;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Route {
  readonly points: readonly Point[];
  /** Of an arrow with a label. */
  readonly label: Box | undefined;
}

export type Direction = 'down' | 'right';

/**
 * Places a chart from the inside out. A box that no arrow leaves from inside is laid out alone and is then, for what is
 * around it, one thing of a known size: the arrows in it are short, its form does not depend on the rest, and the
 * work grows with the number of boxes. Where arrows do cross the border, both sides are laid out as one graph.
 */
export async function layoutChart(chart: Chart, direction: Direction | undefined): Promise<Layout> {
  const scopes = scopesOf(chart);
  const layout = { boxes: new Map<Shape, Box>(), routes: new Map<Arrow, Route>() };
  const natural = new Map<Shape, Box>();
  // an inner scope has a later place in document order
  for (const scope of scopes.toReversed()) {
    const placed = canPack(scope) ? packRegions(scope.box, layout.boxes) : await best(scope, direction, layout.boxes);
    for (const [shape, box] of placed.boxes) layout.boxes.set(shape, box);
    for (const [arrow, route] of placed.routes) layout.routes.set(arrow, route);
    natural.set(scope.box, placed.boxes.get(scope.box)!);
  }
  return absolute(chart, scopes, layout, natural);
}

/** A box that is laid out alone, with the arrows and the boxes down to the next such boxes. */
interface Scope {
  readonly box: Shape;
  readonly members: Shape[];
  readonly arrows: Arrow[];
}

function scopesOf(chart: Chart): readonly Scope[] {
  const open = new Set<Shape>();
  for (const { source, target } of chart.arrows) {
    for (const [end, other] of [
      [source, target],
      [target, source],
    ] as const) {
      for (let box = end.parent; box !== undefined; box = box.parent) {
        if (box !== other && !isInside(other, box)) open.add(box);
      }
    }
  }
  const scopes = new Map<Shape, Scope>();
  for (const shape of chart.shapes) {
    if (shape.children.length > 0 && !open.has(shape)) scopes.set(shape, { box: shape, members: [], arrows: [] });
  }
  // a root that has no children is a box all the same
  if (scopes.size === 0) scopes.set(chart.root, { box: chart.root, members: [], arrows: [] });
  for (const shape of chart.shapes) {
    if (shape.parent !== undefined) scopeAround(scopes, shape.parent).members.push(shape);
  }
  for (const arrow of chart.arrows) scopeOf(scopes, arrow).arrows.push(arrow);
  return [...scopes.values()].sort((a, b) => a.box.index - b.box.index);
}

function scopeAround(scopes: ReadonlyMap<Shape, Scope>, from: Shape): Scope {
  let shape = from;
  while (!scopes.has(shape)) shape = shape.parent!;
  return scopes.get(shape)!;
}

/** An arrow between a box and something in it belongs to the box; all others to what is around both ends. */
function scopeOf(scopes: ReadonlyMap<Shape, Scope>, { source, target }: Arrow): Scope {
  if (isInside(target, source)) return scopeAround(scopes, source);
  if (isInside(source, target)) return scopeAround(scopes, target);
  return scopeAround(scopes, source.parent ?? source);
}

function canPack({ box, arrows }: Scope): boolean {
  return box.kind === 'parallel' && arrows.length === 0;
}

async function best(scope: Scope, direction: Direction | undefined, done: ReadonlyMap<Shape, Box>): Promise<Placed> {
  if (direction !== undefined) return layoutScope(scope, direction, done);
  const down = await layoutScope(scope, 'down', done);
  if (scope.members.length > fewMembers) return down;
  const right = await layoutScope(scope, 'right', done);
  return pageCost(down.boxes.get(scope.box)!) < pageCost(right.boxes.get(scope.box)!) ? down : right;
}

/** Above this many boxes a second layout takes too long for what it gives. */
const fewMembers = 60;

let elk: InstanceType<typeof Elk.default> | undefined;

const margin = 16;

interface Placed {
  readonly boxes: ReadonlyMap<Shape, Box>;
  readonly routes: ReadonlyMap<Arrow, Route>;
}

async function layoutScope(scope: Scope, direction: Direction, done: ReadonlyMap<Shape, Box>): Promise<Placed> {
  const members = new Set([scope.box, ...scope.members]);
  // ELK hands no option down: every box has to have them all
  const layered = {
    ...options,
    'elk.direction': direction === 'down' ? 'DOWN' : 'RIGHT',
  };
  const node = (shape: Shape): ElkNode => {
    const finished = shape === scope.box ? undefined : done.get(shape);
    const head = finished ?? headSize(shape, direction);
    const inner = finished === undefined ? shape.children.filter((child) => members.has(child)) : [];
    const size = { width: head.width, height: head.height };
    if (inner.length === 0) return { id: `n${shape.index}`, ...size };
    return {
      id: `n${shape.index}`,
      children: inner.map(node),
      layoutOptions: {
        ...layered,
        'elk.padding': `[top=${head.height + margin},left=${margin},bottom=${margin},right=${margin}]`,
        'elk.nodeSize.constraints': 'MINIMUM_SIZE',
        'elk.nodeSize.minimum': `(${head.width},${head.height})`,
      },
    };
  };
  const back = backArrows(scope.arrows);
  elk ??= new Elk.default();
  const result = await elk.layout({
    id: 'graph',
    layoutOptions: { ...layered, ...graphOptions },
    children: [node(scope.box)],
    edges: scope.arrows.map((arrow, index) => edge(arrow, index, back.has(arrow))),
  });
  return readGraph(scope, result, back);
}

function edge(arrow: Arrow, index: number, turned: boolean): ElkExtendedEdge {
  const [from, to] = turned ? [arrow.target, arrow.source] : [arrow.source, arrow.target];
  const { width, height } = labelSize(arrow);
  return {
    id: `e${index}`,
    sources: [`n${from.index}`],
    targets: [`n${to.index}`],
    labels:
      arrow.label.length === 0
        ? []
        : [{ id: `l${index}`, width, height, text: 'x', layoutOptions: { 'elk.edgeLabels.inline': 'true' } }],
  };
}

const options = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '1',
  'elk.edgeLabels.placement': 'CENTER',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.spacing.nodeNodeBetweenLayers': '26',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.spacing.nodeNode': '24',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '6',
  'elk.spacing.nodeSelfLoop': '14',
} as const;

const graphOptions = {
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.padding': '[top=0,left=0,bottom=0,right=0]',
} as const;

/** Coordinates from the corner of the scope's box. */
function readGraph(scope: Scope, graph: ElkNode, back: ReadonlySet<Arrow>): Placed {
  const boxes = new Map<Shape, Box>();
  const top = graph.children![0]!;
  const corner = { x: top.x!, y: top.y! };
  const shapes = new Map([scope.box, ...scope.members].map((shape) => [`n${shape.index}`, shape]));
  const read = (node: ElkNode): void => {
    boxes.set(
      shapes.get(node.id)!,
      moved({ x: node.x!, y: node.y!, width: node.width!, height: node.height! }, corner),
    );
    node.children?.forEach(read);
  };
  read(top);
  const routes = new Map(
    graph.edges!.map((edge, index) => {
      const section = edge.sections?.[0];
      const points = section === undefined ? [] : [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
      const label = edge.labels?.[0];
      if (back.has(scope.arrows[index]!)) points.reverse();
      return [
        scope.arrows[index]!,
        {
          points: points.map(({ x, y }) => ({ x: x - corner.x, y: y - corner.y })),
          label: label && moved({ x: label.x!, y: label.y!, width: label.width!, height: label.height! }, corner),
        },
      ] as const;
    }),
  );
  return { boxes, routes };
}

function moved({ x, y, width, height }: Box, by: Point): Box {
  return { x: x - by.x, y: y - by.y, width, height };
}

/** Adds to what was placed from the corner of a scope where that corner is. */
function absolute(chart: Chart, scopes: readonly Scope[], placed: Placed, natural: ReadonlyMap<Shape, Box>): Layout {
  const boxes = new Map([[chart.root, { ...placed.boxes.get(chart.root)!, x: 0, y: 0 }]]);
  const routes = new Map<Arrow, Route>();
  for (const { box, members, arrows } of scopes) {
    const { x, y, width } = boxes.get(box)!;
    // what stands in a box that was made wider moves to its middle, unless it is tied to the border
    const tied = arrows.some(({ source, target }) => source === box || target === box);
    const by = { x: -x - (tied ? 0 : (width - natural.get(box)!.width) / 2), y: -y };
    for (const member of members) boxes.set(member, moved(placed.boxes.get(member)!, by));
    for (const arrow of arrows) {
      const route = placed.routes.get(arrow)!;
      const points = route.points.map((point) => ({ x: point.x - by.x, y: point.y - by.y }));
      routes.set(arrow, { points: clearOfHead(arrow, points, boxes), label: route.label && moved(route.label, by) });
    }
  }
  return { boxes, routes };
}

/** An arrow between a box and something in it begins or ends below the texts of the box, not at the border above them. */
function clearOfHead({ source, target }: Arrow, points: readonly Point[], boxes: ReadonlyMap<Shape, Box>): Point[] {
  const outer = isInside(target, source) ? source : isInside(source, target) ? target : undefined;
  if (outer === undefined) return [...points];
  const { y } = boxes.get(outer)!;
  const line = y + headSize(outer).height;
  const [index, inner] = outer === source ? [0, 1] : [points.length - 1, points.length - 2];
  return points.map((point, at) =>
    at === index && point.y === y && points[inner]!.y > line ? { x: point.x, y: line } : point,
  );
}
