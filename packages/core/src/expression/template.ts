import { formatKey } from '../definition/path.ts';
import { isHostileKey } from '../definition/plain.ts';
import type { Json, JsonObject } from '../json.ts';
import { type ExpressionScope, expressionRoots } from './code.ts';
import { CompiledExpression } from './compiled.ts';
import { asFsmError, Fault, invalid, type Origin, tooLong } from './fault.ts';
import { defaultLimits, type ExpressionLimits } from './limits.ts';
import { parseAt, type Syntax, tooDeep } from './parse.ts';
import { Conversion } from './result.ts';

export interface TemplateOptions {
  readonly roots?: readonly string[];
  /** As for an expression; `resultSize` holds for the whole template. */
  readonly limits?: Partial<ExpressionLimits>;
  /** JSON path of the value, `$` when not given: errors carry the path of the string inside it. */
  readonly path?: string;
}

/** A compiled JSON value with `{{ expressions }}` in its strings. */
export interface Template {
  /** The roots its expressions really read. */
  readonly roots: ReadonlySet<string>;
  /** The value itself, when it has no expressions. */
  readonly constant?: Json;
  /** A new value in which only what has expressions is made anew. */
  evaluate(scope: ExpressionScope): Json;
}

/**
 * Compiles the expressions in all strings of a JSON value.
 *
 * ```ts
 * const template = compileTemplate({ to: '{{ context.email }}', text: 'Hello {{ context.name }}', urgent: true });
 * template.evaluate({ context: { email: 'ann@example.org', name: 'Ann' } });
 * // { to: 'ann@example.org', text: 'Hello Ann', urgent: true }
 * ```
 *
 * A string that is one `{{ … }}` gives the value itself, whatever its type; an absent value drops its key, and is `null`
 * in a list. In longer strings `null` and absent values give nothing, objects and lists their JSON text. A literal `{{`
 * is written `{{ '{{' }}`; `}}` outside of an expression is ordinary text. Keys are never expressions.
 *
 * @throws FsmError `EXPRESSION_INVALID` with the `path` of the string and, in `details`, the position inside it
 */
export function compileTemplate(value: Json, options: TemplateOptions = {}): Template {
  const roots = new Set<string>();
  const limits = { ...defaultLimits, ...options.limits };
  const compile = (syntax: Syntax, origin: Origin) => {
    const expression = new CompiledExpression(syntax, origin, options.roots ?? expressionRoots, limits);
    for (const root of expression.roots) roots.add(root);
    return expression;
  };
  const compiler = new TemplateCompiler<ExpressionScope>({ limits, ...native, compile });
  const make = compiler.compile(value, options.path ?? '$', 1);
  if (make === undefined) return { roots, constant: value, evaluate: () => value };
  return { roots, evaluate: (scope) => make(scope, new Conversion(limits)) ?? null };
}

const native = { parse: (ahead: string) => parseAt(ahead, 0), trailing: /^\s*/ };

/** What stands between `{{` and `}}`, compiled. */
export interface TemplatePart<Scope> {
  evaluatePart(scope: Scope, conversion: Conversion): Json | undefined;
}

/** The language between `{{` and `}}`. */
export interface TemplateDialect<Scope> {
  readonly limits: ExpressionLimits;
  /** The expression at the start of `ahead`. */
  parse(ahead: string): Syntax;
  /** What may follow an expression before its `}}`. */
  readonly trailing: RegExp;
  compile(syntax: Syntax, origin: Origin): TemplatePart<Scope>;
}

/** Makes the value of a part that has expressions. */
export type Maker<Scope> = (scope: Scope, conversion: Conversion) => Json | undefined;

export class TemplateCompiler<Scope> {
  readonly #dialect: TemplateDialect<Scope>;
  readonly #limits: ExpressionLimits;

  constructor(dialect: TemplateDialect<Scope>) {
    this.#dialect = dialect;
    this.#limits = dialect.limits;
  }

  /** `undefined` when the value has no expressions. */
  compile(value: Json | undefined, path: string, depth: number): Maker<Scope> | undefined {
    if (typeof value === 'string') return value.includes('{{') ? this.#text(value, path) : undefined;
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth > this.#limits.depth) throw asFsmError(tooDeep(0), { source: '', text: '', offset: 0, path });
    return isList(value) ? this.#list(value, path, depth) : this.#object(value, path, depth);
  }

  #list(list: readonly Json[], path: string, depth: number): Maker<Scope> | undefined {
    const makers = list.map((item, index) => this.compile(item, path + formatKey(index), depth + 1));
    if (makers.every((make) => make === undefined)) return undefined;
    return (scope, conversion) =>
      makers.map((make, index) => (make === undefined ? list[index]! : (make(scope, conversion) ?? null)));
  }

  #object(object: JsonObject, path: string, depth: number): Maker<Scope> | undefined {
    const entries = Object.entries(object).map(([key, value]) => {
      const here = path + formatKey(key);
      if (isHostileKey(key)) {
        const fault = invalid('HOSTILE_KEY', `The key "${key}" is not allowed`, 0);
        throw asFsmError(fault, { source: '', text: '', offset: 0, path: here });
      }
      return { key, value, make: this.compile(value, here, depth + 1) };
    });
    if (entries.every(({ make }) => make === undefined)) return undefined;
    return (scope, conversion) => {
      const made: Record<string, Json> = {};
      for (const { key, value, make } of entries) {
        const json = make === undefined ? value : make(scope, conversion);
        if (json !== undefined) made[key] = json;
      }
      return made;
    };
  }

  #text(text: string, path: string): Maker<Scope> {
    const pieces: (string | TemplatePart<Scope>)[] = [];
    let start = 0;
    for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', start)) {
      if (open > start) pieces.push(text.slice(start, open));
      const { expression, end } = this.#expression(text, open + 2, path);
      pieces.push(expression);
      start = end;
    }
    if (start < text.length) pieces.push(text.slice(start));

    const [only] = pieces;
    if (pieces.length === 1 && typeof only === 'object') {
      return (scope, conversion) => only.evaluatePart(scope, conversion);
    }
    return (scope, conversion) =>
      pieces.reduce<string>(
        (made, piece) => made + (typeof piece === 'string' ? piece : asText(piece.evaluatePart(scope, conversion))),
        '',
      );
  }

  /** The expression that starts at `offset`, up to its `}}`. What ends it is the syntax: `}}` may stand inside. */
  #expression(text: string, offset: number, path: string): { expression: TemplatePart<Scope>; end: number } {
    // the parser counts the lines of all it is given: not of a long text for each of its expressions
    const ahead = text.slice(offset, offset + this.#limits.sourceLength + 2);
    const origin = { source: ahead, text, offset, path };
    try {
      const syntax = this.#parse(ahead);
      const close = syntax.end + this.#dialect.trailing.exec(ahead.slice(syntax.end))![0].length;
      if (close > this.#limits.sourceLength) throw tooLong(this.#limits.sourceLength);
      if (!ahead.startsWith('}}', close)) throw unclosed(close);
      const source = ahead.slice(0, close).trim();
      const expression = this.#dialect.compile(syntax, { ...origin, source });
      return { expression, end: offset + close + 2 };
    } catch (error) {
      throw asFsmError(error, origin);
    }
  }

  #parse(ahead: string): Syntax {
    if (/^\s*(?:\}\}|$)/.test(ahead)) {
      throw invalid('EMPTY', 'The expression is empty', 0, "Write a literal `{{` as `{{ '{{' }}`.");
    }
    try {
      return this.#dialect.parse(ahead);
    } catch (error) {
      throw isCut(error, ahead, this.#limits.sourceLength) ? tooLong(this.#limits.sourceLength) : error;
    }
  }
}

/** Whether the parser stopped because the text ahead was not all it needed. */
function isCut(error: unknown, ahead: string, limit: number): boolean {
  if (!(error instanceof Fault) || ahead.length <= limit) return false;
  return (error.position ?? 0) >= limit || error.message.startsWith('Unterminated');
}

function unclosed(position: number): Fault {
  return invalid(
    'UNCLOSED',
    'The expression does not end with `}}`',
    position,
    "Close it, or write a literal `{{` as `{{ '{{' }}`.",
  );
}

function isList(value: JsonObject | readonly Json[]): value is readonly Json[] {
  return Array.isArray(value);
}

function asText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
