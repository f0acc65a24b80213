import { parseXml, XmlElement, type XmlNode, XmlText } from '@rgrove/parse-xml';
import { expect } from 'vitest';
import type { MachineDefinition } from '../../definition/definition.ts';
import { type SvgOptions, toSvg } from '../diagram.ts';

/** A picture as a test reads it. */
export interface Drawn {
  readonly source: string;
  readonly root: Item;
  states(): string[];
  /** The numbers of the transitions, in order; each as often as it is drawn. */
  transitions(): string[];
  touches(transition: Item, state: string, end: 'first' | 'last'): boolean;
}

export async function draw(definition: object, options?: SvgOptions): Promise<Drawn> {
  const source = await toSvg(definition as MachineDefinition, options);
  const root = new Item(parseXml(source).root!);
  const withAttribute = (name: string): string[] => root.all('').flatMap((item) => item.attribute(name) ?? []);
  return {
    source,
    root,
    states: () => withAttribute('data-state'),
    transitions: () => withAttribute('data-transition').sort((a, b) => Number(a) - Number(b)),
    touches(transition, state, end) {
      const numbers = transition.all('edge').map((edge) =>
        edge
          .attribute('d')!
          .match(/-?[\d.]+/g)!
          .map(Number),
      );
      const head = transition
        .all('head')[0]!
        .attribute('d')!
        .match(/-?[\d.]+/g)!
        .map(Number);
      const [x, y] = end === 'first' ? numbers[0]! : head;
      const box = root.find('state', state).box();
      const near = 1;
      return (
        x! >= box.x - near && x! <= box.x + box.width + near && y! >= box.y - near && y! <= box.y + box.height + near
      );
    },
  };
}

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An element of the picture. */
export class Item {
  readonly #element: XmlElement;

  constructor(element: XmlElement) {
    this.#element = element;
  }

  get name(): string {
    return this.#element.name;
  }

  attribute(name: string): string | undefined {
    return this.#element.attributes[name];
  }

  children(): Item[] {
    return this.#element.children.filter((child) => child instanceof XmlElement).map((child) => new Item(child));
  }

  /** Everything in it whose class begins so. */
  all(name: string): Item[] {
    return this.children().flatMap((child) => [
      ...((child.attribute('class') ?? '').startsWith(name) ? [child] : []),
      ...child.all(name),
    ]);
  }

  find(kind: 'state' | 'transition', value: string): Item {
    return this.all('').find((item) => item.attribute(`data-${kind}`) === value)!;
  }

  classes(name: string): string[] {
    return this.all(name).map((item) => item.attribute('class')!);
  }

  /** The texts that are shown. */
  lines(): string[] {
    return this.all('')
      .filter((item) => item.name === 'text')
      .map((item) => ownText(item.#element));
  }

  text(): string {
    const read = (node: XmlNode): string =>
      node instanceof XmlText ? node.text : node instanceof XmlElement ? node.children.map(read).join('') : '';
    return this.#element.children.map(read).join(' ').replace(/\s+/g, ' ').trim();
  }

  box(): Rectangle {
    const own = this.children().find((child) => child.attribute('class') === 'box') ?? this;
    const number = (name: string): number => Number(own.attribute(name));
    if (own.name === 'circle')
      return {
        x: number('cx') - number('r'),
        y: number('cy') - number('r'),
        width: 2 * number('r'),
        height: 2 * number('r'),
      };
    return { x: number('x'), y: number('y'), width: number('width'), height: number('height') };
  }
}

function ownText(element: XmlElement): string {
  return element.children
    .filter((child) => child instanceof XmlText)
    .map((child) => child.text)
    .join('');
}

/** States that do not overlap and stand in their parents, and labels that cover nothing. */
export function expectTidy({ root }: Drawn): void {
  const states = root.all('').filter((item) => item.attribute('data-state') !== undefined);
  const boxes = new Map(states.map((item) => [item.attribute('data-state')!, item.box()]));
  for (const [path, box] of boxes) {
    if (path === '') continue;
    const parent = boxes.get(path.split('.').slice(0, -1).join('.'));
    // a key may hold dots, so that its parent is not where it seems
    if (parent !== undefined) expect(isWithin(box, parent), `${path} in its parent`).toBe(true);
    for (const [other, otherBox] of boxes) {
      if (other === path || other === '' || path.startsWith(`${other}.`) || other.startsWith(`${path}.`)) continue;
      expect(overlaps(box, otherBox), `${path} over ${other}`).toBe(false);
    }
  }
  const [x, y, width, height] = root.attribute('viewBox')!.split(' ').map(Number);
  const picture = { x: x!, y: y!, width: width!, height: height! };
  const labels = root.all('pill').map((item) => item.box());
  const leaves = states.filter((item) => !item.attribute('class')!.includes('group')).map((item) => item.box());
  for (const [index, label] of labels.entries()) {
    expect(isWithin(label, picture), 'a label in the picture').toBe(true);
    for (const other of [...labels.slice(index + 1), ...leaves]) {
      expect(overlaps(label, other), `a label at ${label.x}, ${label.y} over something`).toBe(false);
    }
  }
}

function isWithin(inner: Rectangle, outer: Rectangle, room = 0.1): boolean {
  return (
    inner.x >= outer.x - room &&
    inner.y >= outer.y - room &&
    inner.x + inner.width <= outer.x + outer.width + room &&
    inner.y + inner.height <= outer.y + outer.height + room
  );
}

function overlaps(a: Rectangle, b: Rectangle, room = 0.5): boolean {
  return (
    a.x + room < b.x + b.width &&
    b.x + room < a.x + a.width &&
    a.y + room < b.y + b.height &&
    b.y + room < a.y + a.height
  );
}
