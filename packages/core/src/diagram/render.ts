import type { Arrow, Chart, IconName, LabelLine, Note, Shape } from './chart.ts';
import { edgePath, headPath } from './edge-path.ts';
import { iconPaths } from './icons.ts';
import type { Box, Layout, Route } from './layout.ts';
import {
  headSize,
  labelFont,
  labelIconWidth,
  type ShownText,
  shownLabelLine,
  shownNote,
  shownTag,
  shownTitle,
  sizes,
  tagWidth,
} from './measure.ts';
import { styleSheet, type Theme } from './style-sheet.ts';
import { element, escapeXml } from './xml.ts';

export interface Marks {
  /** Paths of the states that are active, with those around them. */
  readonly active: ReadonlySet<string>;
  readonly visited: ReadonlySet<string>;
  readonly theme: Theme;
}

const margin = 12;

export function renderSvg(chart: Chart, layout: Layout, marks: Marks): string {
  const whole = extent(layout);
  const width = whole.width + 2 * margin;
  const height = whole.height + 2 * margin;
  const { title, description } = chart.root;
  const transitions = transitionsIn(chart.arrows);
  const isEnabled = (arrows: readonly Arrow[]): boolean =>
    arrows[0]!.transition !== undefined && marks.active.has(arrows[0]!.owner);
  // what can happen now is drawn over what cannot
  const inOrder = [...transitions.filter((one) => !isEnabled(one)), ...transitions.filter(isEnabled)];
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: `fsm-${marks.theme}`,
      width,
      height,
      viewBox: [whole.x - margin, whole.y - margin, width, height]
        .map((value) => Math.round(value * 100) / 100)
        .join(' '),
      role: 'img',
      'aria-label': summary(chart, marks),
    },
    element('title', {}, escapeXml(title)),
    element('desc', {}, escapeXml([description, summary(chart, marks)].filter((text) => text !== '').join(' '))),
    `<style>${escapeXml(styleSheet(marks.theme)).replaceAll('&quot;', '"').replaceAll('&gt;', '>')}</style>`,
    element('rect', { class: 'canvas', x: whole.x - margin, y: whole.y - margin, width, height }),
    '\n',
    ...chart.shapes.flatMap((shape) => [drawShape(shape, layout.boxes.get(shape)!, marks), '\n']),
    ...inOrder.flatMap((arrows) => [drawTransition(arrows, layout, isEnabled(arrows)), '\n']),
  );
}

function summary({ root, shapes, arrows }: Chart, { active }: Marks): string {
  const states = shapes.filter(({ path, parent }) => path !== undefined && parent !== undefined);
  const numbers = [
    ...arrows.map(({ transition }) => transition),
    ...shapes.flatMap(({ notes }) => notes.map((note) => note.transition)),
  ];
  const transitions = numbers.filter((number) => number !== undefined).length;
  const now = states.filter(({ path, children }) => active.has(path!) && children.length === 0).map(({ path }) => path);
  const counted = `Statechart ${root.title}: ${states.length} states, ${transitions} transitions.`;
  return now.length === 0 ? counted : `${counted} Now in ${now.join(', ')}.`;
}

/** Arrows that continue another behind a fork are drawn with it. */
function transitionsIn(arrows: readonly Arrow[]): Arrow[][] {
  const transitions: Arrow[][] = [];
  for (const arrow of arrows) {
    if (arrow.continues) transitions.at(-1)!.push(arrow);
    else transitions.push([arrow]);
  }
  return transitions;
}

function extent({ boxes, routes }: Layout): Box {
  const all = [...boxes.values(), ...[...routes.values()].flatMap(({ label }) => label ?? [])];
  const points = [...routes.values()].flatMap((route) => route.points);
  const x = Math.min(...all.map((box) => box.x), ...points.map((point) => point.x));
  const y = Math.min(...all.map((box) => box.y), ...points.map((point) => point.y));
  const right = Math.max(...all.map((box) => box.x + box.width), ...points.map((point) => point.x));
  const bottom = Math.max(...all.map((box) => box.y + box.height), ...points.map((point) => point.y));
  return { x, y, width: right - x, height: bottom - y };
}

function drawShape(shape: Shape, box: Box, marks: Marks): string {
  const { x, y, width, height } = box;
  if (shape.kind === 'initial')
    return element('circle', { class: 'dot initial', cx: x + width / 2, cy: y + height / 2, r: width / 2 - 1 });
  if (shape.kind === 'fork') return element('rect', { class: 'dot fork', x, y, width, height, rx: 2 });
  const { path } = shape;
  const isActive = path !== undefined && marks.active.has(path);
  const classes = [
    path === undefined ? 'missing' : 'state',
    shape.kind,
    shape.children.length > 0 && 'group',
    shape.parent === undefined && 'root',
    shape.parent?.kind === 'parallel' && 'region',
    isActive && 'active',
    !isActive && path !== undefined && marks.visited.has(path) && 'visited',
  ];
  const tooltip = [path === undefined ? shape.title : path, shape.description].filter((text) => text !== '').join('\n');
  return element(
    'g',
    { class: [...new Set(classes.filter((name) => name !== false))].join(' '), 'data-state': path },
    tooltip === '' ? '' : element('title', {}, escapeXml(tooltip)),
    ...(shape.kind === 'history' ? historyMark(shape, box) : stateBox(shape, box)),
  );
}

function historyMark({ title }: Shape, { x, y, width, height }: Box): string[] {
  const [cx, cy] = [x + width / 2, y + height / 2];
  return [
    element('circle', { class: 'box', cx, cy, r: width / 2 - 1 }),
    element('text', { class: 'name', x: cx, y: cy + 4.2, 'text-anchor': 'middle' }, title),
  ];
}

function stateBox(shape: Shape, box: Box): string[] {
  const { x, y, width, height } = box;
  const parts = [element('rect', { class: 'box', x, y, width, height, rx: shape.children.length > 0 ? 10 : 8 })];
  const left = x + sizes.paddingX;
  let top = y + sizes.paddingY;
  let titleLeft = left;
  if (shape.kind === 'final') {
    parts.push(element('rect', { class: 'ring', x: x + 3, y: y + 3, width: width - 6, height: height - 6, rx: 5.5 }));
    const [cx, cy] = [left + sizes.icon / 2, top + 9];
    parts.push(element('circle', { class: 'ring', cx, cy, r: 5 }), element('circle', { class: 'dot', cx, cy, r: 2.7 }));
    titleLeft += sizes.icon + sizes.iconGap + 2;
  }
  parts.push(textLine('name', titleLeft, top + 9 + sizes.title * 0.36, shownTitle(shape), shape.title));
  top += sizes.titleStep;
  for (const note of shape.notes) {
    parts.push(drawNote(note, left, top));
    top += sizes.lineStep;
  }
  let tagLeft = left;
  for (const tag of shape.tags) {
    const text = shownTag(tag);
    parts.push(
      element('rect', { class: 'tag', x: tagLeft, y: top + 4, width: tagWidth(tag), height: sizes.tagHeight, rx: 8 }),
      textLine('tag-text', tagLeft + 6, top + 4 + sizes.tagHeight / 2 + sizes.tag * 0.36, text, tag),
    );
    tagLeft += tagWidth(tag) + 4;
  }
  if (shape.children.length > 0) {
    const line = y + headSize(shape).height;
    parts.push(element('line', { class: 'rule', x1: x + 1, y1: line, x2: x + width - 1, y2: line }));
  }
  return parts;
}

function drawNote(note: Note, left: number, top: number): string {
  const middle = top + sizes.lineStep / 2;
  const parts = [
    icon(note.icon, left, middle),
    textLine('note', left + sizes.icon + sizes.iconGap, middle + sizes.line * 0.36, shownNote(note), note.text),
  ];
  if (note.transition === undefined) return parts.join('');
  return element('g', { class: 'transition internal', 'data-transition': note.transition }, ...parts);
}

function textLine(name: string, x: number, y: number, { shown }: ShownText, whole: string, anchor?: 'middle'): string {
  const tooltip = shown.endsWith('…') ? element('title', {}, escapeXml(whole)) : '';
  return element('text', { class: name, x, y, 'text-anchor': anchor }, tooltip, escapeXml(shown));
}

function icon(name: IconName, x: number, middle: number): string {
  return element('path', {
    class: `icon ${name}`,
    transform: `translate(${Math.round(x * 10) / 10} ${Math.round((middle - sizes.icon / 2) * 10) / 10})`,
    d: iconPaths[name],
  });
}

function drawTransition(arrows: readonly Arrow[], { routes }: Layout, enabled: boolean): string {
  const { transition, title, owner } = arrows[0]!;
  const lines = arrows.flatMap((arrow) => drawArrow(arrow, routes.get(arrow)!));
  const kind = transition === undefined ? 'start' : 'transition';
  return element(
    'g',
    { class: enabled ? `${kind} enabled` : kind, 'data-transition': transition, 'data-source': owner },
    title === '' ? '' : element('title', {}, escapeXml(title)),
    ...lines,
    ...arrows.flatMap((arrow) => drawLabel(arrow.label, routes.get(arrow)!)),
  );
}

function drawArrow({ target }: Arrow, { points }: Route): string[] {
  if (points.length < 2) return [];
  if (target.kind === 'fork') return [element('path', { class: 'edge', d: edgePath(points, 0) })];
  return [
    element('path', { class: 'edge', d: edgePath(points, 5) }),
    element('path', { class: 'head', d: headPath(points) }),
  ];
}

function drawLabel(lines: readonly LabelLine[], { label }: Route): string[] {
  if (label === undefined) return [];
  const { x, y, width, height } = label;
  const parts = [element('rect', { class: 'pill', x, y, width, height, rx: Math.min(8, height / 2) })];
  let middle = y + sizes.labelPaddingY + (sizes.lineStep - 1) / 2;
  for (const line of lines) {
    const text = shownLabelLine(line);
    const iconWidth = labelIconWidth(line);
    const left = x + (width - text.width - iconWidth) / 2;
    if (iconWidth > 0) parts.push(icon(line.icon!, left, middle));
    const baseline = middle + labelFont(line).size * 0.36;
    // widths are a little too large: what has no icon before it stands in the middle all the same
    if (iconWidth > 0) parts.push(textLine(line.role, left + iconWidth, baseline, text, line.text));
    else parts.push(textLine(line.role, x + width / 2, baseline, text, line.text, 'middle'));
    middle += sizes.lineStep - 1;
  }
  return parts;
}
