import { parseXml, type XmlDocument, XmlElement, XmlError, XmlText } from '@rgrove/parse-xml';
import { maxDepth } from '../definition/limits.ts';
import { charge, chargeText } from '../expression/budget.ts';
import { Fault } from '../expression/fault.ts';

/**
 * An element of XML data, with the reading members of the DOM. Nothing can change in it, and as data it is its text: an
 * element that was stored is the root of its own document. All is private, as for functions.
 */
export class XmlElementValue {
  readonly #element: XmlElement;
  readonly #document: string;
  readonly #text: string | undefined;

  constructor(element: XmlElement, document: string, text?: string) {
    this.#element = element;
    this.#document = document;
    this.#text = text;
  }

  /** Its text: as it stands in the data for a root, so that reading changes nothing; cut from that for others. */
  get source(): string {
    return this.#text ?? this.#document.slice(this.#element.start, this.#element.end);
  }

  member(name: string): unknown {
    switch (name) {
      case 'tagName':
      case 'nodeName':
        return this.#element.name;
      case 'nodeType':
        return 1;
      case 'textContent':
        return this.#textContent();
      case 'childNodes':
        return this.#childNodes();
      case 'children':
        return this.#children();
      case 'firstChild':
        return this.#childNodes()[0] ?? null;
      case 'lastChild':
        return this.#childNodes().at(-1) ?? null;
      case 'firstElementChild':
        return this.#children()[0] ?? null;
      case 'documentElement':
        return this;
      default:
        return undefined;
    }
  }

  getAttribute(name: string): string | null {
    const { attributes } = this.#element;
    return Object.hasOwn(attributes, name) ? attributes[name]! : null;
  }

  hasAttribute(name: string): boolean {
    return Object.hasOwn(this.#element.attributes, name);
  }

  /** The elements below, in document order; `*` names all. */
  getElementsByTagName(name: string): XmlElementValue[] {
    const found: XmlElementValue[] = [];
    const visit = (element: XmlElement) => {
      charge(1 + element.children.length);
      for (const child of element.children) {
        if (!(child instanceof XmlElement)) continue;
        if (name === '*' || child.name === name) found.push(this.#valueOf(child));
        visit(child);
      }
    };
    visit(this.#element);
    return found;
  }

  #textContent(): string {
    chargeText(this.#element.end - this.#element.start);
    return this.#element.text;
  }

  #childNodes(): unknown[] {
    charge(1 + this.#element.children.length);
    return this.#element.children.flatMap((child): unknown[] => {
      if (child instanceof XmlElement) return [this.#valueOf(child)];
      if (!(child instanceof XmlText)) return [];
      const { text } = child;
      return [{ nodeType: 3, nodeName: '#text', nodeValue: text, data: text, textContent: text }];
    });
  }

  #children(): XmlElementValue[] {
    charge(1 + this.#element.children.length);
    return this.#element.children.filter((child) => child instanceof XmlElement).map((child) => this.#valueOf(child));
  }

  #valueOf(element: XmlElement): XmlElementValue {
    return new XmlElementValue(element, this.#document);
  }
}

/** The root element of a text, charged by its length whether it is parsed again or not. */
export function xmlOfText(text: string): XmlElementValue {
  chargeText(text.length);
  const document = normalise(text);
  const root = cachedDocument(document).root;
  if (root === null) throw notXml('there is no element');
  return new XmlElementValue(root, document, text);
}

/** As the parser reads line ends, so that its offsets count in this text. */
function normalise(text: string): string {
  return text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
}

/** Documents are read again and again while a machine runs, and never change. */
const cache = new Map<string, XmlDocument>();
const cachedTexts = 32;

function cachedDocument(text: string): XmlDocument {
  const known = cache.get(text);
  if (known !== undefined) return known;
  refuseDepth(text);
  const document = parse(text);
  if (cache.size >= cachedTexts) cache.delete(cache.keys().next().value!);
  cache.set(text, document);
  return document;
}

function parse(text: string): XmlDocument {
  try {
    return parseXml(text, { includeOffsets: true });
  } catch (error) {
    if (error instanceof XmlError) throw notXml(error.message.split('\n')[0]!);
    throw error;
  }
}

/** The parser calls itself for each level of elements. */
function refuseDepth(text: string): void {
  let depth = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const end = endOfMarkup(text, at);
    // what looks like an end tag inside a document type must not make room for more levels
    if (text[at + 1] === '/') depth = Math.max(0, depth - 1);
    else if (text[at + 1] !== '!' && text[at + 1] !== '?' && text[end - 2] !== '/') depth += 1;
    if (depth > maxDepth) throw notXml(`its elements nest deeper than ${maxDepth} levels`);
    at = end;
  }
}

/** Where the tag, comment or section ends that starts at `start`. */
function endOfMarkup(text: string, start: number): number {
  if (text.startsWith('<!--', start)) return endOf(text, '-->', start);
  if (text.startsWith('<![CDATA[', start)) return endOf(text, ']]>', start);
  if ('!?/'.includes(text[start + 1] ?? '')) return endOf(text, '>', start);
  for (let at = start; at < text.length; at++) {
    if (text[at] === '>') return at + 1;
    if (text[at] === '"' || text[at] === "'") at = endOf(text, text[at]!, at + 1) - 1;
  }
  return text.length;
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function notXml(why: string): Fault {
  return new Fault('EXPRESSION_FAILED', 'XML', `The text is not XML: ${why}`);
}
