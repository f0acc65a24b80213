import { parseXml, type XmlElement, XmlError, type XmlNode } from '@rgrove/parse-xml';
import { maxDefinitionBytes, maxDepth } from '../../definition/limits.ts';
import { lineIndex } from '../../definition/line-index.ts';
import { utf8Length } from '../../definition/plain.ts';
import { FsmError } from '../../error.ts';

export const scxmlNamespace = 'http://www.w3.org/2005/07/scxml';

/** An element with its names resolved. */
export interface Element {
  /** Without its prefix. */
  readonly name: string;
  /** `''` when it is in none. */
  readonly namespace: string;
  /** Those in no namespace, by name. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Those in a namespace. */
  readonly foreign: readonly { readonly name: string; readonly namespace: string; readonly value: string }[];
  readonly children: readonly Element[];
  /** All text directly in it, CDATA sections included. */
  readonly text: string;
  /** What stands between its tags, as written. */
  readonly inner: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Reads the text of an XML document. Size, depth and document type are checked first, so that nothing in the text can
 * make the parser run out of memory or stack.
 *
 * @throws FsmError SCXML_INVALID with `details.line` and `details.column` where they are known
 */
export function readXml(text: string): Element {
  const bytes = text.length > maxDefinitionBytes ? text.length : utf8Length(text);
  if (bytes > maxDefinitionBytes) {
    throw new FsmError('SCXML_INVALID', 'The document is larger than 1 MB.', {
      hint: 'Split the machine: <invoke> runs another document.',
      details: { limit: maxDefinitionBytes, bytes },
    });
  }
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const locate = lineIndex(source);
  checkMarkup(source, locate);
  const root = parse(source);
  return resolve(root, new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]), source, locate);
}

type Locate = ReturnType<typeof lineIndex>;

function parse(source: string): XmlElement {
  try {
    const document = parseXml(source, { includeOffsets: true });
    // the parser refuses documents without a root element
    return document.root!;
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    const [message = ''] = error.message.split('\n');
    const where = { line: error.line, column: error.column };
    throw new FsmError('SCXML_INVALID', `The text is not XML: ${message.replace(/ \(line \d+, column \d+\)$/, '')}.`, {
      hint: `Look at line ${where.line}, column ${where.column}.`,
      details: where,
      cause: error,
    });
  }
}

/** Refuses deep nesting and document types with declarations, in one pass and without recursion. */
function checkMarkup(source: string, locate: Locate): void {
  const refuse = (offset: number, message: string, hint: string): never => {
    const details = locate(offset);
    throw new FsmError('SCXML_INVALID', `${message} (line ${details.line}).`, { hint, details: { ...details } });
  };
  let depth = 0;
  for (let open = source.indexOf('<'); open >= 0; ) {
    const close = endOfMarkup(source, open);
    // the parser says what is wrong with markup that never ends
    if (close < 0) return;
    const next = source[open + 1];
    if (source.startsWith('<!DOCTYPE', open) && source.slice(open, close).includes('[')) {
      refuse(open, 'The document type declares entities or elements', 'Remove what stands between its brackets.');
    }
    if (next === '/') depth -= 1;
    else if (next !== '!' && next !== '?' && source[close - 2] !== '/') depth += 1;
    if (depth > maxDepth) refuse(open, `Elements nest deeper than ${maxDepth} levels`, 'Flatten the document.');
    open = source.indexOf('<', close);
  }
}

/** The offset after the markup that starts at `open`; negative when it does not end. */
function endOfMarkup(source: string, open: number): number {
  for (const [start, end] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ] as const) {
    if (!source.startsWith(start, open)) continue;
    const close = source.indexOf(end, open + start.length);
    return close < 0 ? close : close + end.length;
  }
  let quote = '';
  for (let offset = open + 1; offset < source.length; offset++) {
    const character = source[offset]!;
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    // where another tag begins this one is broken, and the parser will say so
    else if (character === '<') return offset;
    else if (character === '>') return offset + 1;
  }
  return -1;
}

type Scope = ReadonlyMap<string, string>;

function resolve(node: XmlElement, outer: Scope, source: string, locate: Locate): Element {
  const declared = Object.entries(node.attributes).filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  const scope = declared.length === 0 ? outer : new Map(outer);
  if (scope instanceof Map) for (const [name, uri] of declared) scope.set(name.slice('xmlns:'.length), uri);

  const attributes = new Map<string, string>();
  const foreign: Element['foreign'][number][] = [];
  for (const [name, value] of Object.entries(node.attributes)) {
    if (name === 'xmlns' || name.startsWith('xmlns:')) continue;
    const [prefix, local] = splitName(name);
    if (prefix === '') attributes.set(local, value);
    else foreign.push({ name: local, namespace: namespaceOf(prefix, scope, locate(node.start)), value });
  }

  const [prefix, name] = splitName(node.name);
  const place = locate(node.start);
  const [first] = node.children;
  return {
    name,
    namespace: namespaceOf(prefix, scope, place),
    attributes,
    foreign,
    children: node.children.filter(isElement).map((child) => resolve(child, scope, source, locate)),
    text: node.children.map((child) => ('text' in child && !isElement(child) ? child.text : '')).join(''),
    inner: first === undefined ? '' : source.slice(first.start, node.children.at(-1)!.end),
    ...place,
  };
}

function isElement(node: XmlNode): node is XmlElement {
  return node.type === 'element';
}

function splitName(name: string): readonly [prefix: string, local: string] {
  const colon = name.indexOf(':');
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)];
}

function namespaceOf(prefix: string, scope: Scope, where: { readonly line: number; readonly column: number }): string {
  const namespace = scope.get(prefix);
  if (namespace !== undefined || prefix === '') return namespace ?? '';
  throw new FsmError('SCXML_INVALID', `The prefix \`${prefix}:\` is not declared (line ${where.line}).`, {
    hint: `Add xmlns:${prefix}="…" to the root element.`,
    details: where,
  });
}
