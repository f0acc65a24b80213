import { formatDuration, parseDuration } from '../../definition/duration.ts';
import type { Json } from '../../json.ts';
import { normalizeSpace, parseJson } from './import-value.ts';
import { literalValue, splitTemplate, valueExpression, wholeExpression, xmlText } from './template.ts';
import type { Tag } from './write-xml.ts';

/** A value in an element: an `expr`, or what stands between the tags. */
export function valueMarkup(value: Json): Pick<Tag, 'text' | 'raw'> & { readonly expr?: string } {
  const expression = wholeExpression(value);
  if (expression !== undefined) return { expr: expression };
  const raw = xmlText(value);
  if (raw !== undefined) return { raw };
  const literal = literalValue(value);
  return literal === undefined ? { expr: valueExpression(value) } : { text: literalMarkup(literal) };
}

/** JSON, or a text that is read back as it is. */
function literalMarkup(value: Json): string {
  const plain = typeof value === 'string' && value !== '' && normalizeSpace(value) === value;
  return plain && parseJson(value) === undefined ? value : JSON.stringify(value);
}

/** `<content>` with a value; the empty text is an empty element. */
export function contentTag(value: Json): Tag {
  if (value === '') return { name: 'content' };
  const { expr, ...markup } = valueMarkup(value);
  return { name: 'content', attributes: { expr }, ...markup };
}

/** Data that is handed on: parameters where each value is computed by itself, otherwise `<content>`. */
export function payloadTags(data: Json | undefined): readonly Tag[] {
  if (data === undefined) return [];
  const values = typeof data === 'object' && data !== null && !Array.isArray(data) ? Object.entries(data) : [];
  const params = values.map(([name, value]) => ({ name, expr: wholeExpression(value) }));
  if (params.length === 0 || params.some(({ expr }) => expr === undefined)) return [contentTag(data)];
  return params.map((attributes) => ({ name: 'param', attributes }));
}

/** The parameters of an invocation. */
export function paramTags(input: Readonly<Record<string, Json>>): readonly Tag[] {
  return Object.entries(input).map(([name, value]) => ({
    name: 'param',
    attributes: { name, expr: valueExpressionOf(value) },
  }));
}

function valueExpressionOf(value: Json): string {
  return wholeExpression(value) ?? valueExpression(value);
}

/** A text as one attribute, or as another when it is computed: `target`, `targetexpr`. */
export function textAttributes(
  text: string | undefined,
  name: string,
  expressionName = `${name}expr`,
): Readonly<Record<string, string | undefined>> {
  if (text === undefined) return {};
  const pieces = splitTemplate(text);
  if (pieces.every((piece) => typeof piece === 'string')) return { [name]: pieces.join('') };
  return { [expressionName]: valueExpressionOf(text) };
}

/** A duration as CSS2 time, or an expression. */
export function delayAttributes(delay: number | string | undefined): Readonly<Record<string, string | undefined>> {
  if (delay === undefined) return {};
  const milliseconds = parseDuration(delay);
  if (milliseconds === undefined) return { delayexpr: String(delay) };
  const text = formatDuration(milliseconds);
  // CSS knows neither minutes nor days
  return { delay: /\ds$|ms$/.test(text) ? text : `${milliseconds / 1000}s` };
}
