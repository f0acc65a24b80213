import type { Expression, Identifier, MemberExpression, Pattern, Super } from 'acorn';
import { describe } from '../definition/plain.ts';
import { charge } from '../expression/budget.ts';
import { iterate } from '../expression/coerce.ts';
import { type Fault, failed, invalid } from '../expression/fault.ts';
import { keyName, staticKey, withoutParentheses } from '../expression/syntax-facts.ts';
import { type Code, type Frame, uninitialised } from './code.ts';
import type { Context } from './context.ts';
import { isForeign } from './conversions.ts';
import { systemName } from './evaluation.ts';
import { type Binding, isLate } from './lexical-scope.ts';
import { propertyKey, readElement, readMember, writeMember } from './member.ts';

/** Takes a value: a parameter, a declaration, the left side of an assignment. */
export type Setter = (frame: Frame, value: unknown) => void;

/** What an update leaves as it is: the left side of `??=` that has a value. */
export const unchanged = Symbol('unchanged');

/** The left side of an assignment. Its object and key are evaluated once, before the right side. */
export interface Target {
  assign(frame: Frame, value: Code): unknown;
  /** `compute` makes the new value, or {@link unchanged}. */
  update(frame: Frame, compute: (old: unknown) => unknown): void;
}

export function compileTarget(syntax: Expression | Pattern, context: Context): Target {
  const node = withoutParentheses(syntax as Expression);
  if (node.type === 'Identifier') return nameTarget(node, context);
  if (node.type === 'MemberExpression') return memberTarget(node, context);
  throw invalid('ASSIGNMENT', 'This cannot be assigned', syntax.start, 'Assign to a name or a property.');
}

function nameTarget(node: Identifier, context: Context): Target {
  const read = readName(node.name, node.start, context);
  const write = writeName(node.name, node.start, context);
  return {
    assign(frame, value) {
      const assigned = value(frame);
      write(frame, assigned);
      return assigned;
    },
    update(frame, compute) {
      const value = compute(read(frame));
      if (value !== unchanged) write(frame, value);
    },
  };
}

function memberTarget(node: MemberExpression, context: Context): Target {
  const object = objectCode(node.object, context);
  const key = keyCode(node, context);
  const root = rootName(node, context);
  const position = node.property.start;
  const place = (frame: Frame) => {
    if (root !== undefined && frame.evaluation.isSystem(root)) throw systemName(root, node.start);
    return { target: object(frame), key: key(frame) };
  };
  return {
    assign(frame, value) {
      const { target, key } = place(frame);
      const assigned = value(frame);
      writeMember(target, key, assigned, frame.evaluation, position);
      return assigned;
    },
    update(frame, compute) {
      const { target, key } = place(frame);
      const name = typeof key === 'number' ? key : propertyKey(key, position);
      const value = compute(readElement(target, name, position));
      if (value !== unchanged) writeMember(target, name, value, frame.evaluation, position);
    },
  };
}

/** The name at the start of `a.b[c]`, when it is one of the data model. */
export function rootName(node: Expression | Super, context: Context): string | undefined {
  const inner = withoutParentheses(node);
  if (inner.type === 'MemberExpression') return rootName(inner.object, context);
  return inner.type === 'Identifier' && context.scope.resolve(inner.name) === undefined ? inner.name : undefined;
}

export function objectCode(node: Expression | Super, context: Context): Code {
  if (node.type === 'Super') throw new Error('The allow-list let `super` through.');
  return context.expression(node);
}

export function keyCode(node: MemberExpression, context: Context): Code {
  const name = staticKey(node);
  return name === undefined ? context.expression(node.property as Expression) : () => name;
}

/** Reads a local, or else a name of the data model. */
export function readName(name: string, position: number, context: Context): Code {
  const found = context.scope.resolve(name);
  if (found === undefined) {
    return name === 'undefined' ? () => undefined : (frame) => frame.evaluation.read(name, position);
  }
  const { binding, hops } = found;
  const { slot } = binding;
  if (isLate(binding)) {
    return (frame) => {
      const value = frameAt(frame, hops).slots[slot];
      if (value === uninitialised) throw tooEarly(name, position);
      return value;
    };
  }
  if (hops === 0) return (frame) => frame.slots[slot];
  return (frame) => frameAt(frame, hops).slots[slot];
}

export function writeName(name: string, position: number, context: Context): Setter {
  const found = context.scope.resolve(name);
  if (found === undefined) return (frame, value) => frame.evaluation.write(name, value, position);
  const { binding, hops } = found;
  // a named function is not changed by its own body, and JavaScript ignores the attempt
  if (binding.kind === 'self') return () => {};
  return (frame, value) => {
    const { slots } = frameAt(frame, hops);
    if (isLate(binding) && slots[binding.slot] === uninitialised) throw tooEarly(name, position);
    if (binding.kind === 'const') throw failed('CONST', `The constant \`${name}\` cannot be assigned`, position);
    slots[binding.slot] = value;
  };
}

/** Gives a declared name its first value. */
export function initialiseName(name: string, position: number, context: Context): Setter {
  const found = context.scope.resolve(name);
  return found === undefined ? writeName(name, position, context) : initialise(found.binding, found.hops);
}

function initialise({ slot }: Binding, hops: number): Setter {
  return (frame, value) => {
    frameAt(frame, hops).slots[slot] = value;
  };
}

export function frameAt(frame: Frame, hops: number): Frame {
  let found = frame;
  for (let hop = 0; hop < hops; hop++) found = found.parent!;
  return found;
}

function tooEarly(name: string, position: number): Fault {
  return failed('UNINITIALISED', `\`${name}\` is used before its declaration`, position);
}

/** Destructuring: `leaf` makes the setters of the names and properties in it. */
export function compilePattern(node: Pattern, context: Context, leaf: (node: Pattern) => Setter): Setter {
  switch (node.type) {
    case 'AssignmentPattern':
      return withDefault(compilePattern(node.left, context, leaf), context.expression(node.right));
    case 'ArrayPattern':
      return listPattern(
        node.elements.map((part) =>
          part?.type === 'RestElement'
            ? { set: compilePattern(part.argument, context, leaf), isRest: true }
            : { set: part === null ? undefined : compilePattern(part, context, leaf), isRest: false },
        ),
        node.start,
      );
    case 'ObjectPattern':
      return objectPattern(
        node.properties.map((part) => {
          if (part.type === 'RestElement') {
            return { key: undefined, set: compilePattern(part.argument, context, leaf), position: part.start };
          }
          const name = keyName(part.key);
          const key = part.computed ? context.expression(part.key) : () => name;
          return { key, set: compilePattern(part.value, context, leaf), position: part.start };
        }),
        node.start,
      );
    default:
      return leaf(node);
  }
}

function withDefault(set: Setter, fallback: Code): Setter {
  return (frame, value) => set(frame, value === undefined ? fallback(frame) : value);
}

function listPattern(
  parts: readonly { readonly set: Setter | undefined; readonly isRest: boolean }[],
  position: number,
): Setter {
  return (frame, value) => {
    const values = iterate(value, position);
    for (const [index, { set, isRest }] of parts.entries()) set?.(frame, isRest ? values.slice(index) : values[index]);
  };
}

interface PropertyPart {
  /** Absent for `...rest`. */
  readonly key: Code | undefined;
  readonly set: Setter;
  readonly position: number;
}

function objectPattern(parts: readonly PropertyPart[], position: number): Setter {
  return (frame, value) => {
    if (value === undefined || value === null) {
      throw failed('NO_VALUE', `Cannot take apart ${describe(value)}`, position);
    }
    const taken = new Set<string>();
    for (const part of parts) {
      if (part.key === undefined) part.set(frame, withoutKeys(value, taken));
      else {
        const key = propertyKey(part.key(frame), part.position);
        taken.add(key);
        part.set(frame, readMember(value, key, part.position));
      }
    }
  };
}

function withoutKeys(value: unknown, taken: ReadonlySet<string>): Record<string, unknown> {
  const rest: Record<string, unknown> = {};
  if (typeof value !== 'object' || value === null || isForeign(value)) return rest;
  const keys = Object.keys(value);
  charge(keys.length);
  for (const key of keys) {
    const item = (value as Record<string, unknown>)[key];
    if (!taken.has(key))
      Object.defineProperty(rest, key, { value: item, enumerable: true, writable: true, configurable: true });
  }
  return rest;
}

/** The names that a pattern declares. */
export function namesOf(node: Pattern): Identifier[] {
  switch (node.type) {
    case 'Identifier':
      return [node];
    case 'AssignmentPattern':
      return namesOf(node.left);
    case 'RestElement':
      return namesOf(node.argument);
    case 'ArrayPattern':
      return node.elements.flatMap((part) => (part === null ? [] : namesOf(part)));
    case 'ObjectPattern':
      return node.properties.flatMap((part) => namesOf(part.type === 'RestElement' ? part.argument : part.value));
    default:
      return [];
  }
}
