import type { Statement } from 'acorn';
import { Fault, failed, type Origin } from '../expression/fault.ts';
import type { ExpressionLimits } from '../expression/limits.ts';
import type { Syntax } from '../expression/parse.ts';
import { withoutParentheses } from '../expression/syntax-facts.ts';
import type { Code, Step } from './code.ts';
import { compileExpression } from './compile-expression.ts';
import { compileFunction, compileStatements, declareLexical, inFrame, variableNames } from './compile-function.ts';
import { compileStatement } from './compile-statement.ts';
import { type Compilers, Context } from './context.ts';
import { Copier } from './data-values.ts';
import { type FunctionCode, FunctionValue } from './function-value.ts';
import { LexicalScope } from './lexical-scope.ts';
import { scriptLimits } from './limits.ts';
import { checkSyntax, parseExpression, parseScript } from './syntax.ts';

const compilers: Compilers = {
  expression: compileExpression,
  statement: compileStatement,
  function: compileFunction,
};

/** An expression whose free names are those of the data model. */
export function compileWhole(syntax: Syntax, origin: Origin, limits: ExpressionLimits): Code {
  checkSyntax(syntax, limits);
  return topLevel(origin).expression(syntax);
}

/** A script, and the names it declares in the data model: those of `var` and of functions, at its top level. */
export function compileProgram(origin: Origin): { readonly run: Step; readonly declares: readonly string[] } {
  const program = parseScript(origin.source, scriptLimits);
  checkSyntax(program, scriptLimits);
  const statements = program.body as Statement[];
  const context = topLevel(origin);
  declareLexical(statements, context.scope);
  const functions = statements.flatMap((node) => (node.type === 'FunctionDeclaration' ? [node.id.name] : []));
  return {
    run: inFrame(context.scope, compileStatements(statements, context)),
    declares: [...new Set([...variableNames(program), ...functions])],
  };
}

export function topLevel(origin: Origin): Context {
  return new Context(compilers, origin, new LexicalScope(undefined));
}

/** Makes the private copies of data, and compiles the functions in them. */
export const copier = new Copier((source) => new FunctionValue(() => compiledFunction(source), undefined, source));

/** Machines call the same few functions again and again. */
const cache = new Map<string, FunctionCode>();
const cachedFunctions = 256;

function compiledFunction(source: string): FunctionCode {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const code = compileDataFunction(source);
  if (cache.size >= cachedFunctions) cache.delete(cache.keys().next().value!);
  cache.set(source, code);
  return code;
}

function compileDataFunction(source: string): FunctionCode {
  try {
    const syntax = parseExpression(source, scriptLimits);
    checkSyntax(syntax, scriptLimits);
    const node = withoutParentheses(syntax);
    if (node.type !== 'FunctionExpression' && node.type !== 'ArrowFunctionExpression') {
      throw failed('FUNCTION', 'The text of a function in the data model is no function', 0);
    }
    const context = topLevel({ source, text: source, offset: 0, path: undefined });
    return compileFunction(node, context)(undefined).code;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'EXPRESSION_INVALID') throw error;
    throw new Fault('EXPRESSION_FAILED', 'FUNCTION', `A function in the data model does not compile: ${error.message}`);
  }
}
