/** What an XML text is made of. */
export type Markup = Tag | Comment;

export interface Tag {
  readonly name: string;
  /** Those that are `undefined` are left out. */
  readonly attributes?: Readonly<Record<string, string | undefined>>;
  readonly children?: readonly Markup[];
  /** Text instead of children. */
  readonly text?: string | undefined;
  /** XML text instead of children. */
  readonly raw?: string | undefined;
}

export interface Comment {
  readonly comment: string;
}

/** The text of an XML document, two spaces a level. Text and raw XML stand between their tags without white space. */
export function writeXml(root: Tag): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '').join('\n')}\n`;
}

function write(markup: Markup, indent: string): string[] {
  if ('comment' in markup) return [`${indent}<!-- ${markup.comment.replace(/-(?=-|$)/g, '- ')} -->`];
  const { name, attributes = {}, children = [], text, raw } = markup;
  const written = Object.entries(attributes).filter(([, value]) => value !== undefined) as [string, string][];
  const head = `${indent}<${name}${written.map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`).join('')}`;
  if (raw !== undefined) return [`${head}>${raw}</${name}>`];
  if (text !== undefined) return [`${head}>${escapeText(text)}</${name}>`];
  if (children.length === 0) return [`${head}/>`];
  return [`${head}>`, ...children.flatMap((child) => write(child, `${indent}  `)), `${indent}</${name}>`];
}

function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, escapeCharacter);
}

/** A parser makes spaces of line breaks and tabs in attributes, unless they are written as references. */
function escapeAttribute(text: string): string {
  return text.replace(/[&<"\t\n\r]/g, escapeCharacter);
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeCharacter(character: string): string {
  return entities[character] ?? `&#${character.codePointAt(0)};`;
}

/** A character that no XML text can hold, not even as a reference. */
export function illegalCharacter(text: string): string | undefined {
  return /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(text)?.[0];
}
