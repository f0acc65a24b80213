import { parse } from 'acorn';
import type { MachineDefinition } from '../../definition/definition.ts';
import { isHostileKey } from '../../definition/plain.ts';
import type { Problem } from '../../definition/problem.ts';
import { suggest } from '../../definition/suggest.ts';
import { type ScxmlProblemCode, scxmlProblem } from './problem.ts';
import { expressionTemplate, literalText, plainExpression } from './template.ts';
import { fsmNamespace, vocabulary } from './vocabulary.ts';
import { type Element, scxmlNamespace } from './xml.ts';

/** What a document may load, and how much of it. */
export interface Sources {
  readonly load: ((uri: string) => string | undefined) | undefined;
  /** The documents around this one, so that none invokes itself for ever. */
  readonly open: readonly string[];
  /** How many characters may still be loaded, shared by all documents of one import. */
  readonly budget: { left: number };
}

export interface DocumentOptions {
  readonly sources: Sources;
  readonly id?: string | undefined;
  readonly location?: string | undefined;
}

export interface ImportedScxml {
  readonly definition: MachineDefinition;
  /** With the line and column of the element that is meant. */
  readonly problems: readonly Problem[];
}

interface ReaderOptions {
  readonly problems: Problem[];
  readonly sources: Sources;
  /** Where the document is; relative addresses start there. */
  readonly location: string | undefined;
  /** The null data model knows nothing but `In()`. */
  readonly dataless: boolean;
  /** Documents within this one: in a text, or in an element. */
  readonly readDocument: (text: string, options: DocumentOptions) => ImportedScxml;
  readonly importElement: (root: Element, options: DocumentOptions) => ImportedScxml;
}

/** What every part of the import needs: where problems go, what a name means, what can be loaded. */
export class Reader {
  readonly options: ReaderOptions;
  private readonly places = new Map<Element, string>();

  constructor(options: ReaderOptions) {
    this.options = options;
  }

  /** Says where in the definition an element ends up; what is in it is reported there, too. */
  place(element: Element, path: string): void {
    this.places.set(element, path);
  }

  error(code: ScxmlProblemCode, element: Element, message: string, hint?: string): void {
    this.report('error', code, element, message, hint);
  }

  warning(code: ScxmlProblemCode, element: Element, message: string, hint?: string): void {
    this.report('warning', code, element, message, hint);
  }

  private report(
    severity: Problem['severity'],
    code: ScxmlProblemCode,
    element: Element,
    message: string,
    hint: string | undefined,
  ): void {
    const { line, column } = element;
    this.options.problems.push(
      scxmlProblem(severity, code, this.places.get(element) ?? '$', message, { hint, line, column }),
    );
  }

  /** The children that may stand here. The others, stray text and unknown attributes are reported. */
  children(element: Element): readonly Element[] {
    const path = this.places.get(element) ?? '$';
    const rules = vocabulary.get(element.name)!;
    this.checkAttributes(element, rules.attributes);
    for (const child of element.children) if (!this.places.has(child)) this.places.set(child, path);
    if (rules.open) return element.children;
    if (element.text.trim() !== '') {
      const text = element.text.trim().slice(0, 40);
      this.warning('STRAY_TEXT', element, `<${element.name}> has text that means nothing: \`${text}\`.`, 'Remove it.');
    }
    return element.children.filter((child) => this.mayStand(child, element, rules.children));
  }

  private mayStand(child: Element, parent: Element, allowed: readonly string[]): boolean {
    if (child.namespace !== scxmlNamespace && child.namespace !== '') {
      const hint = 'It is left out; remove it, or say the same in SCXML.';
      this.warning('FOREIGN_ELEMENT', child, `<${child.name}> is of another namespace (${child.namespace}).`, hint);
      return false;
    }
    if (allowed.includes(child.name)) return true;
    if (vocabulary.has(child.name)) {
      const around = [...vocabulary].filter(([, rules]) => rules.children.includes(child.name)).map(([name]) => name);
      const hint = around.length === 0 ? 'It can only be the root.' : `It stands in <${around.join('>, <')}>.`;
      this.error('MISPLACED_ELEMENT', child, `<${child.name}> cannot stand in <${parent.name}>.`, hint);
    } else {
      const hint =
        allowed.length === 0 ? `<${parent.name}> has no elements in it.` : `Allowed: <${allowed.join('>, <')}>.`;
      const meant = suggest(child.name, allowed);
      const ending = meant === undefined ? '.' : `; did you mean <${meant}>?`;
      this.error('UNKNOWN_ELEMENT', child, `There is no element <${child.name}>${ending}`, hint);
    }
    return false;
  }

  private checkAttributes(element: Element, known: readonly string[]): void {
    for (const name of element.attributes.keys()) {
      if (known.includes(name)) continue;
      const meant = suggest(name, known);
      const ending = meant === undefined ? '.' : `; did you mean \`${meant}\`?`;
      const hint = known.length === 0 ? `<${element.name}> has no attributes.` : `It has ${known.join(', ')}.`;
      this.error('UNKNOWN_ATTRIBUTE', element, `<${element.name}> has no attribute \`${name}\`${ending}`, hint);
    }
    for (const { name, namespace } of element.foreign) {
      if (namespace === fsmNamespace || namespace.startsWith('http://www.w3.org/')) continue;
      const message = `The attribute \`${name}\` is of another namespace (${namespace}).`;
      this.warning('FOREIGN_ATTRIBUTE', element, message, 'It is left out.');
    }
  }

  /** A required attribute. */
  required(element: Element, name: string): string | undefined {
    const value = element.attributes.get(name)?.trim();
    if (value !== undefined && value !== '') return value;
    const what = value === undefined ? `has no \`${name}\`` : `has an empty \`${name}\``;
    this.error('MISSING_ATTRIBUTE', element, `<${element.name}> ${what}.`, `Add ${name}="…".`);
    return undefined;
  }

  /** Reports attributes, or children, of which only one may be there. */
  exclusive(element: Element, names: readonly string[]): void {
    if (names.length < 2) return;
    this.error('CONFLICTING_ATTRIBUTES', element, `<${element.name}> has ${names.join(' and ')}.`, 'Keep one of them.');
  }

  /**
   * A text that is written as itself or computed: `target` and `targetexpr`. Both at once is an error.
   */
  textOrExpression(element: Element, name: string, expressionName: string = `${name}expr`): string | undefined {
    const text = element.attributes.get(name);
    const expression = element.attributes.get(expressionName);
    if (text !== undefined && expression !== undefined)
      this.exclusive(element, [`\`${name}\``, `\`${expressionName}\``]);
    if (text !== undefined) return literalText(text.trim());
    return expression === undefined ? undefined : this.expression(element, expression);
  }

  /** An expression, as a template. */
  expression(element: Element, text: string): string {
    this.checkExpression(element, text);
    return expressionTemplate(text);
  }

  /** Warns about an expression that is no ECMAScript: SCXML makes it an event of the running machine. */
  checkExpression(element: Element, text: string): void {
    this.needsData(element, 'an expression');
    this.checkSyntax(element, text, 'expression', () => {
      const source = `(${plainExpression(text)}\n)`;
      const [statement] = parse(source, { ecmaVersion: 'latest', preserveParens: true }).body;
      const parts = statement?.type === 'ExpressionStatement' ? statement.expression : undefined;
      // `a) + (b` would be more than one
      if (parts?.type !== 'ParenthesizedExpression' || parts.end !== source.length)
        throw new SyntaxError('Unexpected token');
    });
  }

  checkScript(element: Element, text: string): void {
    this.needsData(element, '<script>');
    this.checkSyntax(element, text, 'script', () => parse(text, { ecmaVersion: 'latest' }));
  }

  private checkSyntax(element: Element, text: string, what: string, attempt: () => unknown): void {
    try {
      attempt();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const reason = error.message.replace(/ \(\d+:\d+\)$/, '');
      const shown = text.trim().length > 60 ? `${text.trim().slice(0, 60)}…` : text.trim();
      const hint = 'The machine gets `error.execution` when it is evaluated.';
      this.warning('EXPRESSION_SYNTAX', element, `The ${what} \`${shown}\` is not ECMAScript: ${reason}.`, hint);
    }
  }

  /** Reports what the null data model does not have. */
  needsData(element: Element, what: string): void {
    if (!this.options.dataless) return;
    this.error(
      'DATA_MODEL',
      element,
      `The null data model has no data, but here is ${what}.`,
      'Use datamodel="ecmascript".',
    );
  }

  /** A name that becomes the key of an object. */
  isKey(element: Element, name: string): boolean {
    if (!isHostileKey(name)) return true;
    const hint = 'Rename it: JavaScript gives this name a meaning of its own.';
    this.error('HOSTILE_KEY', element, `The name \`${name}\` is not allowed.`, hint);
    return false;
  }

  /** The text that `src` names. */
  loaded(uri: string): { readonly text: string; readonly location: string } | undefined {
    const location = resolveUri(this.options.location, uri);
    const text = this.options.sources.load?.(location);
    if (text === undefined) return undefined;
    this.options.sources.budget.left -= text.length;
    return this.options.sources.budget.left < 0 ? undefined : { text, location };
  }
}

/** An address seen from a document: `file:b.txt` and `b.txt` stand beside it. */
function resolveUri(base: string | undefined, uri: string): string {
  const relative = uri.replace(/^file:(?!\/)/, '');
  if (/^[A-Za-z][A-Za-z0-9+.-]*:|^\//.test(relative)) return relative;
  return `${base?.replace(/[^/]*$/, '') ?? ''}${relative}`;
}
