import { type Node, type ParseError, parseTree } from 'jsonc-parser';
import { FsmError } from '../error.ts';
import type { MachineDefinition } from './definition.ts';
import { checkDepth } from './depth.ts';
import { maxDefinitionBytes } from './limits.ts';
import { type Location, lineIndex } from './line-index.ts';
import { at, formatKey, formatPath, type Path, rootPath } from './path.ts';
import { isHostileKey, utf8Length } from './plain.ts';
import type { Problem, ProblemCode } from './problem.ts';
import { describeSyntaxError } from './syntax-error.ts';

export interface ParsedMachine {
  /** As written; `validate` says whether it is a machine. */
  readonly definition: MachineDefinition;
  readonly locate: Locate;
}

/**
 * Where a JSON path stands in the text: its value, or its key, or the character with that index inside its string.
 * `undefined` when the text has no such path.
 */
export type Locate = (path: string, part?: 'value' | 'key' | number) => Location | undefined;

/**
 * Reads the text of a machine definition and remembers where everything stands. Size and depth are checked before the
 * text is parsed. A file named `*.jsonc` may have comments and trailing commas; otherwise the text is strict JSON.
 *
 * ```ts
 * const { definition, locate } = parseMachine(text, 'loan.json');
 * const problems = validate(definition, { locate });
 * locate('$.states.review') // { line: 12, column: 15 }
 * ```
 *
 * @throws FsmError MACHINE_TOO_LARGE, TOO_DEEP, MACHINE_SYNTAX, DUPLICATE_KEY or HOSTILE_KEY. `details.problems` has all
 * problems of the text, with line and column; the error itself is the first.
 */
export function parseMachine(text: string, file?: string): ParsedMachine {
  refuseLargeText(text, file);
  checkDepth(text);
  // a byte order mark is not part of the JSON; a space keeps every offset
  const source = text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text;
  const relaxed = file?.endsWith('.jsonc') ?? false;
  const errors: ParseError[] = [];
  const tree = parseTree(source, errors, { disallowComments: !relaxed, allowTrailingComma: relaxed });
  const toLocation = lineIndex(source);

  const problems: Problem[] = [];
  for (const error of errors) {
    const place = toLocation(error.offset);
    // what follows on the same line is noise that the first error caused
    if (problems.at(-1)?.line === place.line) continue;
    if (problems.length === mostSyntaxErrors) break;
    const text = describeSyntaxError(source, error);
    problems.push({ code: 'MACHINE_SYNTAX', severity: 'error', path: '$', ...text, ...place });
  }
  if (tree === undefined || problems.length > 0) throw unreadable(problems, file);

  const definition = toValue(tree, rootPath, (code, path, message, hint, offset) => {
    problems.push({ code, severity: 'error', path: formatPath(path), message, hint, ...toLocation(offset) });
  });
  if (problems.length > 0) throw unreadable(problems, file);
  return { definition: definition as MachineDefinition, locate: locator(source, tree, toLocation) };
}

/** More would not help anybody. */
const mostSyntaxErrors = 20;

function refuseLargeText(text: string, file: string | undefined): void {
  // a UTF-16 code unit takes at least one byte, so most large texts need no encoding
  const bytes = text.length > maxDefinitionBytes ? text.length : utf8Length(text);
  if (bytes <= maxDefinitionBytes) return;
  throw new FsmError(
    'MACHINE_TOO_LARGE',
    `The definition${file === undefined ? '' : ` ${file}`} is larger than 1 MB.`,
    {
      hint: 'Move large data out of the definition, or split the machine.',
      details: { limit: maxDefinitionBytes, bytes, ...(file === undefined ? undefined : { file }) },
    },
  );
}

function unreadable(problems: readonly Problem[], file: string | undefined): FsmError {
  const { code, message, hint, path, line, column } = problems[0]!;
  const where = file === undefined ? `line ${line}, column ${column}` : `${file}:${line}:${column}`;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new FsmError(code, `${message} At ${where}${more}.`, {
    path,
    ...(hint === undefined ? undefined : { hint }),
    details: { line, column, problems, ...(file === undefined ? undefined : { file }) },
  });
}

type ReportKey = (code: ProblemCode, path: Path, message: string, hint: string, offset: number) => void;

/** The value of a tree. The depth was checked, so this may recurse; hostile keys never reach an object. */
function toValue(node: Node, path: Path, report: ReportKey): unknown {
  if (node.type === 'array') return (node.children ?? []).map((item, index) => toValue(item, at(path, index), report));
  if (node.type !== 'object') return node.value;
  const members = new Map<string, unknown>();
  for (const property of node.children ?? []) {
    const [keyNode, valueNode] = property.children ?? [];
    if (keyNode === undefined || valueNode === undefined) continue;
    const key = String(keyNode.value);
    const place = at(path, key);
    if (isHostileKey(key)) {
      const hint = 'Rename the key: JavaScript gives this name a meaning of its own.';
      report('HOSTILE_KEY', place, `The key \`${key}\` is not allowed.`, hint, keyNode.offset);
      continue;
    }
    if (members.has(key)) {
      const hint = 'Remove or rename one of them: JSON would silently keep the last.';
      report('DUPLICATE_KEY', place, `The key \`${key}\` stands twice in the same object.`, hint, keyNode.offset);
    }
    members.set(key, toValue(valueNode, place, report));
  }
  return Object.fromEntries(members);
}

function locator(source: string, tree: Node, toLocation: (offset: number) => Location): Locate {
  let places: Map<string, { readonly key: Node | undefined; readonly value: Node }> | undefined;
  return (path, part = 'value') => {
    places ??= placesOf(tree);
    const place = places.get(path);
    if (place === undefined) return undefined;
    if (part === 'key') return toLocation((place.key ?? place.value).offset);
    if (part === 'value' || place.value.type !== 'string') return toLocation(place.value.offset);
    return toLocation(offsetInString(source, place.value.offset, part));
  };
}

function placesOf(tree: Node): Map<string, { key: Node | undefined; value: Node }> {
  const places = new Map<string, { key: Node | undefined; value: Node }>();
  const visit = (value: Node, path: string, key: Node | undefined): void => {
    places.set(path, { key, value });
    value.children?.forEach((child, index) => {
      const [keyNode, valueNode] = child.children ?? [];
      if (value.type === 'array') visit(child, path + formatKey(index), undefined);
      else if (keyNode && valueNode) visit(valueNode, path + formatKey(String(keyNode.value)), keyNode);
    });
  };
  visit(tree, '$', undefined);
  return places;
}

/** The offset of the character with that index in the string whose opening quote stands at `start`. */
function offsetInString(source: string, start: number, index: number): number {
  let offset = start + 1;
  for (let count = 0; count < index && source[offset] !== '"' && offset < source.length; count++) {
    if (source[offset] !== '\\') offset += 1;
    else offset += source[offset + 1] === 'u' ? 6 : 2;
  }
  return offset;
}
