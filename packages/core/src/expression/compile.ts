import type {
  ArrayExpression,
  ArrowFunctionExpression,
  BinaryOperator,
  CallExpression,
  Expression,
  Identifier,
  Literal,
  MemberExpression,
  ObjectExpression,
  Pattern as ParameterSyntax,
  PrivateIdentifier,
  SpreadElement,
  Super,
  TemplateLiteral,
  UnaryExpression,
} from 'acorn';
import { countNodes } from './allow-list.ts';
import { arrow, type Binder, bindArray, bindName, bindObject } from './callback.ts';
import {
  callbackArguments,
  callFunction,
  callMethod,
  findFunction,
  findMethod,
  functionAsCallback,
  patternArguments,
  patternMethods,
  unknownName,
} from './calls.ts';
import type { Cell, Code, ExpressionScope } from './code.ts';
import { toText } from './coerce.ts';
import { invalid } from './fault.ts';
import { constants, functions, namespaces } from './functions.ts';
import {
  computedProperty,
  type Item,
  list,
  namedProperty,
  object,
  spreadProperties,
  template,
  type Writer,
} from './literals.ts';
import { chain, element, link, property, readElement, readProperty, rootProperty, rootValue } from './member.ts';
import * as operators from './operators.ts';
import { Pattern } from './pattern.ts';
import { keyName, letThrough, literalValue, staticKey, withoutParentheses } from './syntax-facts.ts';

/** Turns a checked syntax tree into closures. One compiler makes one expression. */
export class Compiler {
  readonly usedRoots = new Set<string>();
  /** The parameters of all arrows: they hold values until the evaluation ends. */
  readonly cells: Cell[] = [];
  readonly #roots: readonly string[];
  /** Parameters of the arrows around the node that is being compiled. */
  #names: ReadonlyMap<string, Cell> = new Map();

  constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  compile(node: Expression): Code {
    switch (node.type) {
      case 'ParenthesizedExpression':
        return this.compile(node.expression);
      case 'Literal':
        return this.#literal(node);
      case 'Identifier':
        return this.#identifier(node);
      case 'MemberExpression':
        return this.#member(node, false);
      case 'CallExpression':
        return this.#call(node, false);
      case 'ChainExpression':
        return chain(this.#link(node.expression));
      case 'UnaryExpression':
        return this.#unary(node);
      case 'BinaryExpression':
        return this.#binary(node.operator, node.left, node.right, node.start);
      case 'LogicalExpression': {
        const combine = { '&&': operators.and, '||': operators.or, '??': operators.coalesce }[node.operator];
        return combine(this.compile(node.left), this.compile(node.right));
      }
      case 'ConditionalExpression':
        return operators.conditional(
          this.compile(node.test),
          this.compile(node.consequent),
          this.compile(node.alternate),
        );
      case 'ArrayExpression':
        return list(this.#items(node.elements));
      case 'ObjectExpression':
        return object(node.properties.map((part) => this.#writer(part)));
      case 'TemplateLiteral':
        return this.#template(node);
      case 'ArrowFunctionExpression':
        throw invalid(
          'CONSTRUCT',
          'An arrow is only allowed as the callback of a method',
          node.start,
          'Write it where a method takes it: `items.map((item) => item.id)`.',
        );
      default:
        throw letThrough(node.type);
    }
  }

  #literal(node: Literal): Code {
    if (node.regex) {
      throw invalid(
        'REGEX',
        'A regular expression is only allowed where it is used',
        node.start,
        'Write `/…/.test(text)`, or pass it to `match`, `matchAll`, `replace`, `replaceAll`, `search` or `split`.',
      );
    }
    const { value } = node;
    return () => value;
  }

  #identifier(node: Identifier): Code {
    const cell = this.#names.get(node.name);
    if (cell !== undefined) return () => cell.value;
    if (this.#roots.includes(node.name)) return rootValue(this.#useRoot(node.name));
    if (constants.has(node.name)) {
      const value = constants.get(node.name);
      return () => value;
    }
    throw unknownName(node.name, [...this.#roots, ...this.#names.keys()], 'value', node.start);
  }

  #useRoot(name: string): string {
    this.usedRoots.add(name);
    return name;
  }

  #isRoot(node: Expression | Super): node is Identifier {
    return node.type === 'Identifier' && !this.#names.has(node.name) && this.#roots.includes(node.name);
  }

  /** `Math.PI`, `Math.max`: the name of something known, when the node is one. */
  #knownName(node: Expression | Super): string | undefined {
    if (node.type === 'Identifier') return this.#isFree(node.name) ? node.name : undefined;
    if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return undefined;
    const key = staticKey(node);
    const space = node.object.name;
    return key !== undefined && namespaces.has(space) && this.#isFree(space) ? `${space}.${key}` : undefined;
  }

  #isFree(name: string): boolean {
    return !this.#names.has(name) && !this.#roots.includes(name);
  }

  #member(node: MemberExpression, chained: boolean): Code {
    const known = this.#knownName(node);
    if (known !== undefined) {
      if (!constants.has(known)) throw unknownName(known, [...constants.keys()], 'constant', node.start);
      const value = constants.get(known);
      return () => value;
    }
    const key = staticKey(node);
    const position = node.property.start;
    if (chained) {
      const read = this.#reader(node, key, position);
      return link(this.#link(node.object), node.optional === true, read);
    }
    if (key === undefined) {
      return element(this.#object(node.object), this.compile(node.property as Expression), position);
    }
    if (this.#isRoot(node.object)) return rootProperty(this.#useRoot(node.object.name), key, position);
    return property(this.#object(node.object), key, position);
  }

  #reader(node: MemberExpression, key: string | undefined, position: number) {
    if (key !== undefined) return (value: unknown) => readProperty(value, key, position);
    const computed = this.compile(node.property as Expression);
    return (value: unknown, scope: ExpressionScope) => readElement(value, computed(scope), position);
  }

  /** A link of an optional chain; what is no link starts it. */
  #link(node: Expression | Super): Code {
    if (node.type === 'MemberExpression') return this.#member(node, true);
    if (node.type === 'CallExpression') return this.#call(node, true);
    return this.#object(node);
  }

  #object(node: Expression | Super): Code {
    if (node.type === 'Super') throw letThrough('Super');
    return this.compile(node);
  }

  #call(node: CallExpression, chained: boolean): Code {
    const callee = withoutParentheses(node.callee);
    const known = this.#knownName(callee);
    if (known !== undefined) {
      const compute = findFunction(known, callee.start);
      return callFunction(compute, this.#arguments(known, node.arguments, callee.start), node.start);
    }
    const key = callee.type === 'MemberExpression' ? staticKey(callee) : undefined;
    if (callee.type !== 'MemberExpression' || key === undefined) {
      throw invalid(
        'CALL',
        'Only methods and known functions can be called',
        node.start,
        'Call a method by its name: `text.trim()`.',
      );
    }
    const position = callee.property.start;
    const receiver = withoutParentheses(callee.object);
    if (receiver.type === 'Literal' && receiver.regex) return this.#patternCall(receiver, key, node, position);
    const object = chained ? this.#link(callee.object) : this.#object(callee.object);
    const method = findMethod(key, position);
    const call = callMethod(method, this.#arguments(key, node.arguments, position), node.optional === true, position);
    return chained ? link(object, callee.optional === true, call) : (scope) => call(object(scope), scope);
  }

  #patternCall(literal: Literal, name: string, node: CallExpression, position: number): Code {
    const method = patternMethods.get(name);
    if (method === undefined) {
      throw invalid(
        'METHOD',
        `There is no method "${name}" on a regular expression`,
        position,
        'Use `test` or `exec`.',
      );
    }
    const pattern = compilePattern(literal);
    const values = list(this.#items(node.arguments));
    return (scope) => method(pattern, toText(values(scope)[0], position));
  }

  /** Evaluates the arguments of the call of `name`; a callback or a pattern among them becomes a value here only. */
  #arguments(
    name: string,
    nodes: CallExpression['arguments'],
    position: number,
  ): (scope: ExpressionScope) => unknown[] {
    const callback = callbackArguments.get(name);
    const pattern = patternArguments.get(name);
    const spread = nodes.findIndex((node) => node.type === 'SpreadElement');
    const special = callback?.index ?? (pattern && 0);
    if (spread >= 0 && special !== undefined && spread <= special) {
      throw invalid(
        'ARGUMENT',
        `\`...\` cannot give the arguments of "${name}"`,
        nodes[spread]!.start,
        'Write them out.',
      );
    }
    if (callback?.required && nodes.length <= callback.index) {
      throw invalid('ARGUMENT', `"${name}" needs a callback`, position, 'Write an arrow: `(item) => item.id`.');
    }
    if (pattern?.required && nodes.length === 0) {
      throw invalid('ARGUMENT', `"${name}" needs a regular expression`, position, 'Write it as a literal: `/…/g`.');
    }
    const items = nodes.map((node, index): Item => {
      if (node.type === 'SpreadElement') return { code: this.compile(node.argument), spread: node.start };
      if (index === callback?.index) return { code: this.#callback(name, node, callback.required), spread: undefined };
      if (index === 0 && pattern !== undefined) return { code: this.#pattern(name, node, pattern), spread: undefined };
      return { code: this.compile(node), spread: undefined };
    });
    return list(items);
  }

  #callback(name: string, node: Expression, required: boolean): Code {
    const written = withoutParentheses(node);
    if (written.type === 'ArrowFunctionExpression') return this.#arrow(written);
    const known = written.type === 'Super' ? undefined : this.#knownName(written);
    if (known !== undefined && functions.has(known)) {
      const callback = functionAsCallback(findFunction(known, node.start), node.start);
      return () => callback;
    }
    // `sort` alone may be given `undefined`; the replacement of a text is a value
    if (!required && (name.startsWith('replace') || known === 'undefined')) return this.compile(node);
    throw invalid('ARGUMENT', `"${name}" takes a callback here`, node.start, 'Write an arrow: `(item) => item.id`.');
  }

  #pattern(name: string, node: Expression, rules: { required: boolean; all: boolean }): Code {
    const written = withoutParentheses(node);
    if (written.type === 'Literal' && written.regex) {
      const pattern = compilePattern(written);
      if (rules.all && !pattern.global) {
        throw invalid(
          'REGEX',
          `"${name}" needs a regular expression with the flag \`g\``,
          node.start,
          `Write \`${written.raw}g\`.`,
        );
      }
      return () => pattern;
    }
    if (!rules.required) return this.compile(node);
    throw invalid('ARGUMENT', `"${name}" takes a regular expression`, node.start, 'Write it as a literal: `/…/g`.');
  }

  #arrow(node: ArrowFunctionExpression): Code {
    if (node.body.type === 'BlockStatement') throw letThrough('BlockStatement');
    const outer = this.#names;
    const names = new Map(outer);
    this.#names = names;
    const binders = node.params.map((parameter) => this.#binder(parameter, names));
    const body = this.compile(node.body);
    this.#names = outer;
    return arrow(binders, body, countNodes(node));
  }

  #binder(node: ParameterSyntax, names: Map<string, Cell>): Binder {
    switch (node.type) {
      case 'Identifier': {
        const cell: Cell = { value: undefined };
        this.cells.push(cell);
        names.set(node.name, cell);
        return bindName(cell);
      }
      case 'ArrayPattern':
        return bindArray(
          node.elements.map((part) => (part === null ? undefined : this.#binder(part, names))),
          node.start,
        );
      case 'ObjectPattern':
        return bindObject(
          node.properties.map((part) => {
            if (part.type === 'RestElement' || part.computed) {
              throw invalid(
                'CONSTRUCT',
                'A computed name is not allowed in a parameter',
                part.start,
                'Name the property.',
              );
            }
            return [keyName(part.key), this.#binder(part.value, names)] as const;
          }),
          node.start,
        );
      default:
        throw letThrough(node.type);
    }
  }

  #unary(node: UnaryExpression): Code {
    const value = literalValue(node);
    if (value !== undefined) return () => value;
    const operand = this.compile(node.argument);
    switch (node.operator) {
      case '!':
        return operators.not(operand);
      case '-':
        return operators.negate(operand, node.start);
      case '+':
        return operators.plus(operand, node.start);
      case '~':
        return operators.complement(operand, node.start);
      case 'typeof':
        return operators.typeOf(operand);
      default:
        throw letThrough(node.operator);
    }
  }

  #binary(operator: BinaryOperator, left: Expression | PrivateIdentifier, right: Expression, position: number): Code {
    if (left.type === 'PrivateIdentifier') throw letThrough('PrivateIdentifier');
    const literal = literalValue(right);
    return literal === undefined
      ? operators.binary(operator, this.compile(left), this.compile(right), position)
      : operators.binaryWithLiteral(operator, this.compile(left), literal, position);
  }

  #items(nodes: ArrayExpression['elements']): Item[] {
    return nodes.map((node) => {
      if (node === null) throw letThrough('a hole');
      return node.type === 'SpreadElement'
        ? { code: this.compile(node.argument), spread: node.start }
        : { code: this.compile(node), spread: undefined };
    });
  }

  #writer(part: ObjectExpression['properties'][number] | SpreadElement): Writer {
    if (part.type === 'SpreadElement') return spreadProperties(this.compile(part.argument), part.start);
    const value = this.compile(part.value);
    if (part.computed) return computedProperty(this.compile(part.key), value, part.key.start);
    return namedProperty(keyName(part.key), value);
  }

  #template(node: TemplateLiteral): Code {
    return template(
      node.quasis.map((text) => text.value.cooked ?? ''),
      node.expressions.map((part) => this.compile(part)),
      node.expressions.map((part) => part.start),
    );
  }
}

function compilePattern(node: Literal): Pattern {
  return new Pattern(node.regex!.pattern, node.regex!.flags, node.start);
}
