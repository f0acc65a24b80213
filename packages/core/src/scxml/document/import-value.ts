import { checkDepth } from '../../definition/depth.ts';
import { isHostileKey } from '../../definition/plain.ts';
import { FsmError } from '../../error.ts';
import type { Json, JsonObject } from '../../json.ts';
import type { Reader } from './reader.ts';
import { literalTemplate } from './template.ts';
import { type Element, readXml } from './xml.ts';

/**
 * Data as SCXML writes it between tags and in files: XML, JSON, or else text in which white space counts as one space.
 *
 * @see https://www.w3.org/TR/scxml/#ecmaScript (B.2.1 and B.2.8.1)
 */
function readInline<Absent>(reader: Reader, element: Element, absent: Absent): Json | Absent {
  if (element.children.length > 0) return { $xml: element.inner.trim() };
  return element.text.trim() === '' ? absent : readText(reader, element, element.text);
}

/** What a file holds. */
export function readLoaded(reader: Reader, element: Element, text: string): Json {
  const content = text.replace(/^\uFEFF/, '').trim();
  return content.startsWith('<') && isXml(content)
    ? { $xml: content.replace(/^<\?xml[\s\S]*?\?>\s*/, '') }
    : readText(reader, element, content);
}

function isXml(text: string): boolean {
  try {
    readXml(text);
    return true;
  } catch (error) {
    if (FsmError.is(error)) return false;
    throw error;
  }
}

function readText(reader: Reader, element: Element, text: string): Json {
  const json = parseJson(text);
  if (json === undefined) return literalTemplate(normalizeSpace(text));
  const hostile = hostileKeyOf(json);
  if (hostile === undefined) return literalTemplate(json);
  reader.isKey(element, hostile);
  return null;
}

export function normalizeSpace(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

/** `undefined` when the text is not JSON, or JSON that no definition can hold. */
export function parseJson(text: string): Json | undefined {
  try {
    checkDepth(text);
    const value: Json = JSON.parse(text);
    return holdsFiniteNumbers(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || FsmError.is(error)) return undefined;
    throw error;
  }
}

/** `1e999` is JSON, but no number that JSON can write. */
function holdsFiniteNumbers(value: Json): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(holdsFiniteNumbers);
}

function hostileKeyOf(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = isHostileKey(key) ? key : hostileKeyOf(item as Json);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What `expr`, or else the content of the element, says; `absent` when it says nothing. */
export function readValue<Absent>(reader: Reader, element: Element, absent: Absent): Json | Absent {
  const expression = element.attributes.get('expr');
  if (expression === undefined) return readInline(reader, element, absent);
  if (element.inner.trim() !== '') reader.exclusive(element, ['`expr`', 'content']);
  return reader.expression(element, expression);
}

/** The value of `<content>`; an empty one is the empty text. */
export function readContent(reader: Reader, content: Element): Json {
  reader.children(content);
  return readValue(reader, content, '');
}

/** What `namelist` and `<param>` children say, as an object of templates. */
export function readParams(reader: Reader, element: Element, params: readonly Element[]): JsonObject | undefined {
  const values = new Map<string, Json>();
  for (const name of namesOf(element))
    if (reader.isKey(element, name)) values.set(name, reader.expression(element, name));
  for (const param of params) {
    reader.children(param);
    const name = reader.required(param, 'name');
    const given = ['expr', 'location'].filter((attribute) => param.attributes.has(attribute));
    reader.exclusive(
      param,
      given.map((attribute) => `\`${attribute}\``),
    );
    const text = param.attributes.get(given[0] ?? 'expr');
    if (text === undefined) {
      reader.error('MISSING_ATTRIBUTE', param, '<param> has neither `expr` nor `location`.', 'Add expr="…".');
    } else if (name !== undefined && reader.isKey(param, name)) {
      values.set(name, reader.expression(param, text));
    }
  }
  return values.size === 0 ? undefined : Object.fromEntries(values);
}

/** The data that an element hands on: its `<content>`, or its `namelist` and `<param>` children. */
export function readPayload(reader: Reader, element: Element, children: readonly Element[]): Json | undefined {
  const contents = children.filter((child) => child.name === 'content');
  const params = readParams(
    reader,
    element,
    children.filter((child) => child.name === 'param'),
  );
  if (contents.length > 0 && params !== undefined) reader.exclusive(element, ['<content>', 'parameters']);
  const [content] = contents;
  return content === undefined ? params : readContent(reader, content);
}

export function namesOf(element: Element): readonly string[] {
  return words(element.attributes.get('namelist'));
}

/** The words of an attribute that is a list. */
export function words(text: string | undefined): readonly string[] {
  return text?.split(/\s+/).filter((word) => word !== '') ?? [];
}
