/** What XML 1.0 has no way to write, not even as a reference, and halves of surrogate pairs. */
const unwritable = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for the content of an element or for an attribute in double quotes. */
export function escapeXml(text: string): string {
  return text.replace(unwritable, '\ufffd').replace(/[&<>"]/g, (character) => references[character]!);
}

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element; its content is XML already. Numbers are written with at most two decimals, absent attributes not at all. */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? decimal(value) : escapeXml(String(value))}"`)
    .join('');
  return content.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${content.join('')}</${name}>`;
}

export function decimal(value: number): string {
  return String(Math.round(value * 100) / 100);
}
