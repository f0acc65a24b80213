import type { Point } from './layout.ts';
import { decimal } from './xml.ts';

const radius = 7;
const headLength = 8;
const headWidth = 7;

/** A line with round corners that stops `short` before its end, where the arrow head is. */
export function edgePath(points: readonly Point[], short: number): string {
  const line = [...points.slice(0, -1), towards(points.at(-1)!, points.at(-2)!, short)];
  const parts = [`M${at(line[0]!)}`];
  for (let index = 1; index < line.length - 1; index++) {
    const [before, corner, after] = [line[index - 1]!, line[index]!, line[index + 1]!];
    const room = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
    parts.push(`L${at(towards(corner, before, room))}Q${at(corner)} ${at(towards(corner, after, room))}`);
  }
  parts.push(`L${at(line.at(-1)!)}`);
  return parts.join('');
}

/** The arrow head at the end of a line. */
export function headPath(points: readonly Point[]): string {
  const [end, before] = [points.at(-1)!, points.at(-2)!];
  const back = towards(end, before, headLength);
  const length = distance(end, before) || 1;
  const [dx, dy] = [((end.y - before.y) / length) * (headWidth / 2), ((end.x - before.x) / length) * (headWidth / 2)];
  return `M${at(end)}L${at({ x: back.x - dx, y: back.y + dy })}L${at({ x: back.x + dx, y: back.y - dy })}Z`;
}

function towards(from: Point, to: Point, by: number): Point {
  const length = distance(from, to);
  if (length === 0) return from;
  return { x: from.x + ((to.x - from.x) / length) * by, y: from.y + ((to.y - from.y) / length) * by };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function at({ x, y }: Point): string {
  return `${decimal(x)} ${decimal(y)}`;
}
