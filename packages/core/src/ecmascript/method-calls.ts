import { charge } from '../expression/budget.ts';
import { callbackArguments, patternArguments } from '../expression/calls.ts';
import { failed } from '../expression/fault.ts';
import { arrayMethods } from '../expression/methods-array.ts';
import { booleanMethods, numberMethods } from '../expression/methods-number.ts';
import { localeMethods, stringMethods } from '../expression/methods-string.ts';
import { Builtin, type BuiltinCall } from './builtin.ts';
import { callbackOf, callValue, describeValue } from './calls.ts';
import { isCallable, toText } from './conversions.ts';
import type { Evaluation } from './evaluation.ts';
import { listMethods, mutatingMethods } from './list-methods.ts';
import { hasMember, noValue, readMember } from './member.ts';
import { RegexValue, regexOf } from './regex-value.ts';
import { XmlElementValue } from './xml.ts';

/** `receiver.name(…values)`. A property of the receiver comes before a method that all values of its type have. */
export function callMethod(
  receiver: unknown,
  name: string,
  values: readonly unknown[],
  evaluation: Evaluation,
  position: number,
): unknown {
  if (receiver === undefined || receiver === null) throw noValue(receiver, name, position);
  const own = readMember(receiver, name, position);
  if (own !== undefined || hasMember(receiver, name)) {
    if (isCallable(own)) return callValue(own, receiver, values, evaluation, position);
    throw failed('NOT_A_FUNCTION', `The property "${name}" is ${describeValue(own)}, which cannot be called`, position);
  }
  const method = methodOf(receiver, name);
  if (method !== undefined) return method(values, position, evaluation);
  const hint = Object.hasOwn(localeMethods, name) ? localeMethods[name] : undefined;
  throw failed('NO_METHOD', `There is no method "${name}" on ${describeValue(receiver)}`, position, hint);
}

/** Whether `receiver.name?.()` calls something. */
export function hasMethod(receiver: unknown, name: string, position: number): boolean {
  const own = readMember(receiver, name, position);
  return (own !== undefined && own !== null) || (own === undefined && methodOf(receiver, name) !== undefined);
}

function methodOf(receiver: unknown, name: string): BuiltinCall | undefined {
  if (name === 'valueOf') return () => receiver;
  if (typeof receiver === 'string') return textMethod(receiver, name);
  if (typeof receiver === 'number') return bound(numberMethods.get(name), receiver);
  if (typeof receiver === 'boolean') return bound(booleanMethods.get(name), receiver);
  if (Array.isArray(receiver)) return listMethod(receiver, name) ?? objectMethod(receiver, name);
  if (receiver instanceof XmlElementValue) return xmlMethod(receiver, name) ?? objectMethod(receiver, name);
  if (receiver instanceof RegexValue) return regexMethod(receiver, name) ?? objectMethod(receiver, name);
  if (isCallable(receiver)) return functionMethod(receiver, name) ?? objectMethod(receiver, name);
  return objectMethod(receiver, name);
}

function textMethod(text: string, name: string): BuiltinCall | undefined {
  const method = stringMethods.get(name);
  const pattern = patternArguments.get(name);
  if (method === undefined) return undefined;
  if (pattern === undefined) return (values, position) => method(text, values, position);
  return (values, position, evaluation) => {
    const given = [...values];
    if (values[0] instanceof RegexValue) given[0] = patternOf(values[0], name, pattern.all, position);
    else if (pattern.required) given[0] = textAsPattern(values[0], pattern.all, position);
    if (isCallable(values[1])) given[1] = callbackOf(values[1], evaluation, position);
    return method(text, given, position);
  };
}

function patternOf(regex: RegexValue, name: string, all: boolean, position: number) {
  if (!all || regex.pattern.global) return regex.pattern;
  throw failed(
    'REGEX',
    `"${name}" needs a regular expression with the flag \`g\``,
    position,
    `Write \`${regex.text}g\`.`,
  );
}

function textAsPattern(value: unknown, all: boolean, position: number) {
  return regexOf(value === undefined ? '(?:)' : toText(value, position), all ? 'g' : '', position).pattern;
}

function listMethod(list: unknown[], name: string): BuiltinCall | undefined {
  const mutating = mutatingMethods.get(name);
  const callback = callbackArguments.get(name === 'forEach' ? 'map' : name);
  const method = mutating ?? listMethods.get(name) ?? arrayMethods.get(name);
  if (method === undefined) return undefined;
  return (values, position, evaluation) => {
    if (mutating !== undefined) evaluation.prepareWrite();
    if (callback === undefined || (!callback.required && values[callback.index] === undefined)) {
      return method(list, values, position);
    }
    const given = [...values];
    given[callback.index] = callbackOf(values[callback.index], evaluation, position);
    return method(list, given, position);
  };
}

function xmlMethod(element: XmlElementValue, name: string): BuiltinCall | undefined {
  switch (name) {
    case 'getElementsByTagName':
      return ([tag], position) => element.getElementsByTagName(toText(tag, position));
    case 'getAttribute':
      return ([attribute], position) => element.getAttribute(toText(attribute, position));
    case 'hasAttribute':
      return ([attribute], position) => element.hasAttribute(toText(attribute, position));
    default:
      return undefined;
  }
}

function regexMethod(regex: RegexValue, name: string): BuiltinCall | undefined {
  switch (name) {
    case 'test':
      return ([text], position) => regex.pattern.test(toText(text, position));
    case 'exec':
      return ([text], position) => regex.pattern.exec(toText(text, position));
    default:
      return undefined;
  }
}

function functionMethod(callee: unknown, name: string): BuiltinCall | undefined {
  switch (name) {
    case 'call':
      return ([receiver, ...values], position, evaluation) => callValue(callee, receiver, values, evaluation, position);
    case 'apply':
      return ([receiver, values], position, evaluation) =>
        callValue(callee, receiver, Array.isArray(values) ? values : [], evaluation, position);
    case 'bind':
      return ([receiver, ...first]) => new Builtin('bound', { call: boundCall(callee, receiver, first) });
    default:
      return undefined;
  }
}

/** Functions may be bound again and again: each time is a level of calls. */
function boundCall(callee: unknown, receiver: unknown, first: readonly unknown[]): BuiltinCall {
  return (values, position, evaluation) => {
    charge(1 + first.length);
    evaluation.enter(2, position);
    try {
      return callValue(callee, receiver, [...first, ...values], evaluation, position);
    } finally {
      evaluation.leave(2);
    }
  };
}

function objectMethod(object: unknown, name: string): BuiltinCall | undefined {
  switch (name) {
    case 'hasOwnProperty':
      return ([key], position) => hasMember(object, toText(key, position));
    case 'toString':
      return (_values, position) => toText(object, position);
    default:
      return undefined;
  }
}

function bound<Receiver>(
  method: ((receiver: Receiver, values: readonly unknown[], position: number) => unknown) | undefined,
  receiver: Receiver,
): BuiltinCall | undefined {
  return method && ((values, position) => method(receiver, values, position));
}
