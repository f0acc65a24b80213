import type { ArrowFunctionExpression, Expression, FunctionDeclaration, FunctionExpression, Statement } from 'acorn';
import type { Origin } from '../expression/fault.ts';
import type { Code, Frame, Step } from './code.ts';
import type { FunctionValue } from './function-value.ts';
import type { LexicalScope } from './lexical-scope.ts';

export type FunctionSyntax = FunctionDeclaration | FunctionExpression | ArrowFunctionExpression;

/** Makes the value of a function when its place is reached. */
export type FunctionMaker = (frame: Frame | undefined) => FunctionValue;

/** The compilers of the kinds of syntax, which contain each other. */
export interface Compilers {
  expression(node: Expression, context: Context): Code;
  statement(node: Statement, context: Context, labels: readonly string[]): Step;
  function(node: FunctionSyntax, context: Context): FunctionMaker;
}

/** Where a node stands that is compiled. */
export class Context {
  readonly compilers: Compilers;
  /** The text that positions count in. */
  readonly origin: Origin;
  readonly scope: LexicalScope;

  constructor(compilers: Compilers, origin: Origin, scope: LexicalScope) {
    this.compilers = compilers;
    this.origin = origin;
    this.scope = scope;
  }

  within(scope: LexicalScope): Context {
    return new Context(this.compilers, this.origin, scope);
  }

  expression(node: Expression): Code {
    return this.compilers.expression(node, this);
  }

  statement(node: Statement, labels: readonly string[] = []): Step {
    return this.compilers.statement(node, this, labels);
  }
}
