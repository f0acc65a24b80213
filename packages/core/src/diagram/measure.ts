import type { Arrow, LabelLine, Note, Shape } from './chart.ts';
import { cutText, type Face, textWidth } from './text-width.ts';

/** Sizes of what is drawn, in pixels at scale 1. `render.ts` draws with the same numbers. */
export const sizes = {
  title: 13,
  line: 11,
  trigger: 12,
  tag: 10,
  /** From one line of text to the next. */
  titleStep: 20,
  lineStep: 17,
  tagHeight: 16,
  icon: 12,
  iconGap: 5,
  paddingX: 12,
  paddingY: 9,
  labelPaddingX: 7,
  labelPaddingY: 4,
  dot: 12,
  history: 26,
  /** Texts wider than this are cut. */
  widest: 260,
  labelWidest: 230,
  triggerWidest: 300,
} as const;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A text as it is shown, and where it is cut the whole of it. */
export interface ShownText {
  readonly shown: string;
  readonly width: number;
}

export function shownTitle(shape: Shape): ShownText {
  return fit(shape.title, sizes.widest, sizes.title, 'bold');
}

export function shownNote(note: Note): ShownText {
  return fit(oneLine(note.text), sizes.widest, sizes.line, 'text');
}

export function shownTag(tag: string): ShownText {
  return fit(oneLine(tag), sizes.widest / 2, sizes.tag, 'text');
}

export function shownLabelLine(line: LabelLine): ShownText {
  const { size, face } = labelFont(line);
  return fit(oneLine(line.text), line.role === 'trigger' ? sizes.triggerWidest : sizes.labelWidest, size, face);
}

export function labelFont(line: LabelLine): { readonly size: number; readonly face: Face } {
  return line.role === 'trigger' ? { size: sizes.trigger, face: 'bold' } : { size: sizes.line - 0.5, face: 'code' };
}

function fit(text: string, widest: number, size: number, face: Face): ShownText {
  const shown = cutText(text, widest, size, face);
  return { shown, width: textWidth(shown, size, face) };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The part of a box that has texts; for a state without children that is all of it. */
export function headSize(shape: Shape, direction: 'down' | 'right' = 'down'): Size {
  if (shape.kind === 'initial') return { width: sizes.dot, height: sizes.dot };
  if (shape.kind === 'fork') return direction === 'down' ? { width: 44, height: 6 } : { width: 6, height: 44 };
  if (shape.kind === 'history') return { width: sizes.history, height: sizes.history };
  const iconWidth = sizes.icon + sizes.iconGap;
  const mark = shape.kind === 'final' ? iconWidth + 2 : 0;
  const widths = [
    shownTitle(shape).width + mark,
    ...shape.notes.map((note) => iconWidth + shownNote(note).width),
    tagsWidth(shape.tags),
  ];
  const tags = shape.tags.length === 0 ? 0 : sizes.tagHeight + 5;
  return {
    width: Math.ceil(Math.max(64, ...widths.map((width) => width + 2 * sizes.paddingX))),
    height: sizes.titleStep + shape.notes.length * sizes.lineStep + tags + 2 * sizes.paddingY,
  };
}

export function tagWidth(tag: string): number {
  return shownTag(tag).width + 12;
}

function tagsWidth(tags: readonly string[]): number {
  return tags.reduce((sum, tag) => sum + tagWidth(tag) + 4, -4);
}

export function labelSize({ label }: Arrow): Size {
  const widths = label.map((line) => shownLabelLine(line).width + (line.icon === undefined ? 0 : labelIconWidth(line)));
  return {
    width: Math.ceil(Math.max(0, ...widths) + 2 * sizes.labelPaddingX),
    height: label.length * (sizes.lineStep - 1) + 2 * sizes.labelPaddingY,
  };
}

/** Events are so many that an icon on each would only be noise. */
export function labelIconWidth(line: LabelLine): number {
  return line.icon === undefined || line.icon === 'event' ? 0 : sizes.icon + 4;
}
