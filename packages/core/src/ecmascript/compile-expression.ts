import type {
  AssignmentExpression,
  CallExpression,
  Expression,
  Literal,
  MemberExpression,
  NewExpression,
  ObjectExpression,
  Pattern,
  SpreadElement,
  TemplateLiteral,
  UnaryExpression,
  UpdateExpression,
} from 'acorn';
import { isHostileKey } from '../definition/plain.ts';
import { charge, chargeText } from '../expression/budget.ts';
import { iterate } from '../expression/coerce.ts';
import { hostileKey } from '../expression/member.ts';
import { keyName, letThrough, staticKey, withoutParentheses } from '../expression/syntax-facts.ts';
import { callValue, constructValue } from './calls.ts';
import type { Code, Frame } from './code.ts';
import {
  compilePattern,
  compileTarget,
  keyCode,
  objectCode,
  readName,
  rootName,
  type Setter,
  unchanged,
} from './compile-target.ts';
import type { Context } from './context.ts';
import { isForeign, toNumber, toText, typeOf } from './conversions.ts';
import { systemName } from './evaluation.ts';
import { deleteMember, noValue, propertyKey, readElement, readMember } from './member.ts';
import { callMethod, hasMethod } from './method-calls.ts';
import { binary, operations } from './operators.ts';
import { RegexValue } from './regex-value.ts';

/** What a link of an optional chain gives once the chain has ended early. Never leaves the chain. */
const ended = Symbol('ended');

export function compileExpression(node: Expression, context: Context): Code {
  switch (node.type) {
    case 'ParenthesizedExpression':
      return context.expression(node.expression);
    case 'Literal':
      return literal(node);
    case 'Identifier':
      return readName(node.name, node.start, context);
    case 'ThisExpression':
      return context.scope.resolve('this') === undefined ? () => undefined : readName('this', node.start, context);
    case 'MemberExpression':
      return member(node, context);
    case 'CallExpression':
      return call(node, context);
    case 'ChainExpression':
      return chain(link(node.expression, context));
    case 'NewExpression':
      return construction(node, context);
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return context.compilers.function(node, context);
    case 'UnaryExpression':
      return unary(node, context);
    case 'UpdateExpression':
      return update(node, context);
    case 'BinaryExpression':
      if (node.left.type === 'PrivateIdentifier') throw letThrough('PrivateIdentifier');
      return binary(node.operator, context.expression(node.left), context.expression(node.right), node.start);
    case 'LogicalExpression':
      return logical(node.operator, context.expression(node.left), context.expression(node.right));
    case 'AssignmentExpression':
      return assignment(node, context);
    case 'ConditionalExpression': {
      const [test, yes, no] = [node.test, node.consequent, node.alternate].map((part) => context.expression(part));
      return (frame) => (test!(frame) ? yes!(frame) : no!(frame));
    }
    case 'SequenceExpression': {
      const parts = node.expressions.map((part) => context.expression(part));
      return (frame) => parts.reduce<unknown>((_, part) => part(frame), undefined);
    }
    case 'ArrayExpression':
      return list(node.elements, context);
    case 'ObjectExpression':
      return object(node, context);
    case 'TemplateLiteral':
      return template(node, context);
    default:
      throw letThrough(node.type);
  }
}

function literal(node: Literal): Code {
  if (node.regex) {
    const regex = new RegexValue(node.regex.pattern, node.regex.flags, node.start);
    return () => regex;
  }
  const { value } = node;
  return () => value;
}

function member(node: MemberExpression, context: Context): Code {
  const object = objectCode(node.object, context);
  const read = reader(node, context);
  return (frame) => read(object(frame), frame);
}

function reader(node: MemberExpression, context: Context): (value: unknown, frame: Frame) => unknown {
  const name = staticKey(node);
  const position = node.property.start;
  if (name !== undefined) return (value) => readMember(value, name, position);
  const key = keyCode(node, context);
  return (value, frame) => {
    // JavaScript evaluates the key first, but looks for the object before it makes a text of the key
    const computed = key(frame);
    if (value === undefined || value === null) throw noValue(value, toText(computed, position), position);
    return readElement(value, computed, position);
  };
}

function link(node: Expression, context: Context): Code {
  if (node.type === 'CallExpression') return call(node, context, true);
  if (node.type !== 'MemberExpression') return context.expression(node);
  const object = link(node.object as Expression, context);
  const read = reader(node, context);
  const optional = node.optional === true;
  return (frame) => {
    const value = object(frame);
    if (value === ended || (optional && isNothing(value))) return ended;
    return read(value, frame);
  };
}

function chain(last: Code): Code {
  return (frame) => {
    const value = last(frame);
    return value === ended ? undefined : value;
  };
}

/** A call; as a link of a chain it may give {@link ended}. */
function call(node: CallExpression, context: Context, isLink = false): Code {
  const callee = withoutParentheses(node.callee);
  const values = list(node.arguments, context);
  if (callee.type === 'MemberExpression') return methodCall(node, callee, values, context, isLink);
  const target = isLink ? link(node.callee as Expression, context) : objectCode(node.callee, context);
  const optional = node.optional === true;
  return (frame) => {
    const called = target(frame);
    if (called === ended || (optional && isNothing(called))) return ended;
    return callValue(called, undefined, values(frame), frame.evaluation, node.start);
  };
}

function methodCall(
  node: CallExpression,
  callee: MemberExpression,
  values: (frame: Frame) => unknown[],
  context: Context,
  isLink: boolean,
): Code {
  // in `(a?.b)()` the chain ends at the parenthesis
  const chained = isLink && node.callee.type === 'MemberExpression';
  const object = chained ? link(callee.object as Expression, context) : objectCode(callee.object, context);
  const key = keyCode(callee, context);
  const position = callee.property.start;
  const optional = node.optional === true;
  return (frame) => {
    const receiver = object(frame);
    if (receiver === ended || (callee.optional === true && isNothing(receiver))) return ended;
    const name = propertyKey(key(frame), position);
    if (isNothing(receiver)) throw noValue(receiver, name, position);
    if (optional && !hasMethod(receiver, name, position)) return ended;
    return callMethod(receiver, name, values(frame), frame.evaluation, position);
  };
}

function construction(node: NewExpression, context: Context): Code {
  const callee = objectCode(node.callee, context);
  const values = list(node.arguments, context);
  return (frame) => {
    const maker = callee(frame);
    return constructValue(maker, values(frame), frame.evaluation, node.start);
  };
}

function unary(node: UnaryExpression, context: Context): Code {
  const { operator, start } = node;
  if (operator === 'delete') return deletion(node, context);
  const inner = withoutParentheses(node.argument);
  const operand = context.expression(node.argument);
  switch (operator) {
    case '!':
      return (frame) => !operand(frame);
    case '-':
      return (frame) => -toNumber(operand(frame), start);
    case '+':
      return (frame) => toNumber(operand(frame), start);
    case '~':
      return (frame) => ~toNumber(operand(frame), start);
    case 'void':
      return (frame) => void operand(frame);
    case 'typeof':
      if (inner.type === 'Identifier' && context.scope.resolve(inner.name) === undefined) {
        return (frame) => (frame.evaluation.knows(inner.name) ? typeOf(operand(frame)) : 'undefined');
      }
      return (frame) => typeOf(operand(frame));
    default:
      throw letThrough(operator);
  }
}

function deletion(node: UnaryExpression, context: Context): Code {
  const inner = withoutParentheses(node.argument);
  if (inner.type === 'ChainExpression' && inner.expression.type === 'MemberExpression') {
    return memberDeletion(inner.expression, link(inner.expression.object as Expression, context), context);
  }
  if (inner.type === 'MemberExpression') return memberDeletion(inner, objectCode(inner.object, context), context);
  // a variable stays, what is no place is gone already
  if (inner.type === 'Identifier') return () => false;
  const operand = context.expression(node.argument);
  return (frame) => {
    operand(frame);
    return true;
  };
}

function memberDeletion(node: MemberExpression, object: Code, context: Context): Code {
  const key = keyCode(node, context);
  const root = rootName(node, context);
  return (frame) => {
    if (root !== undefined && frame.evaluation.isSystem(root)) throw systemName(root, node.start);
    const target = object(frame);
    if (target === ended || (node.optional === true && isNothing(target))) return true;
    return deleteMember(target, key(frame), frame.evaluation, node.property.start);
  };
}

function update(node: UpdateExpression, context: Context): Code {
  const target = compileTarget(node.argument, context);
  const change = node.operator === '++' ? 1 : -1;
  return (frame) => {
    let before = 0;
    target.update(frame, (value) => {
      before = toNumber(value, node.start);
      return before + change;
    });
    return node.prefix ? before + change : before;
  };
}

function logical(operator: string, left: Code, right: Code): Code {
  switch (operator) {
    case '&&':
      return (frame) => left(frame) && right(frame);
    case '||':
      return (frame) => left(frame) || right(frame);
    default:
      return (frame) => left(frame) ?? right(frame);
  }
}

function assignment(node: AssignmentExpression, context: Context): Code {
  const { operator, left, right } = node;
  const value = context.expression(right);
  if (left.type === 'ArrayPattern' || left.type === 'ObjectPattern') {
    const set = compilePattern(left, context, (part) => setterOf(part, context));
    return (frame) => {
      const assigned = value(frame);
      set(frame, assigned);
      return assigned;
    };
  }
  const target = compileTarget(left, context);
  if (operator === '=') return (frame) => target.assign(frame, value);
  const compute = combination(operator.slice(0, -1), value, node.start);
  return (frame) => {
    let result: unknown;
    target.update(frame, (old) => {
      const made = compute(old, frame);
      result = made === unchanged ? old : made;
      return made;
    });
    return result;
  };
}

function combination(operator: string, value: Code, position: number): (old: unknown, frame: Frame) => unknown {
  switch (operator) {
    case '&&':
      return (old, frame) => (old ? value(frame) : unchanged);
    case '||':
      return (old, frame) => (old ? unchanged : value(frame));
    case '??':
      return (old, frame) => (isNothing(old) ? value(frame) : unchanged);
    default: {
      const operate = operations[operator as keyof typeof operations];
      return (old, frame) => operate(old, value(frame), position);
    }
  }
}

/** The places in a destructuring assignment. */
export function setterOf(node: Pattern, context: Context): Setter {
  const target = compileTarget(node, context);
  return (frame, value) => {
    target.assign(frame, () => value);
  };
}

function list(nodes: readonly (Expression | SpreadElement | null)[], context: Context): (frame: Frame) => unknown[] {
  const items = nodes.map((node) => {
    if (node === null) return { code: () => undefined, spread: undefined };
    return node.type === 'SpreadElement'
      ? { code: context.expression(node.argument), spread: node.start }
      : { code: context.expression(node), spread: undefined };
  });
  if (items.every(({ spread }) => spread === undefined)) {
    const codes = items.map(({ code }) => code);
    return (frame) => codes.map((code) => code(frame));
  }
  return (frame) => {
    const values: unknown[] = [];
    for (const { code, spread } of items) {
      if (spread === undefined) values.push(code(frame));
      else for (const value of iterate(code(frame), spread)) values.push(value);
    }
    return values;
  };
}

type Writer = (target: Record<string, unknown>, frame: Frame) => void;

function object(node: ObjectExpression, context: Context): Code {
  const writers = node.properties.map((part): Writer => {
    if (part.type === 'SpreadElement') return spread(context.expression(part.argument), part.start);
    const value = context.expression(part.value);
    if (part.computed) {
      const key = context.expression(part.key);
      return (target, frame) => {
        const name = propertyKey(key(frame), part.start);
        target[name] = value(frame);
      };
    }
    const name = keyName(part.key);
    return (target, frame) => {
      target[name] = value(frame);
    };
  });
  return (frame) => {
    const target: Record<string, unknown> = {};
    for (const write of writers) write(target, frame);
    return target;
  };
}

function spread(source: Code, position: number): Writer {
  return (target, frame) => {
    const value = source(frame);
    if (typeof value !== 'string' && (typeof value !== 'object' || value === null || isForeign(value))) return;
    charge(typeof value === 'string' ? value.length : 1);
    const keys = Object.keys(value);
    charge(keys.length);
    for (const key of keys) {
      if (isHostileKey(key)) throw hostileKey(key, position);
      target[key] = readMember(value, key, position);
    }
  };
}

function template(node: TemplateLiteral, context: Context): Code {
  const texts = node.quasis.map((text) => text.value.cooked ?? '');
  const values = node.expressions.map((part) => context.expression(part));
  return (frame) => {
    let made = texts[0]!;
    for (const [index, value] of values.entries()) {
      const text = toText(value(frame), node.expressions[index]!.start);
      chargeText(text.length);
      made += text + texts[index + 1]!;
    }
    return made;
  };
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
