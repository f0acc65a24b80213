import { parseExpressionAt, type Expression as Syntax } from 'acorn';
import { Fault, invalid } from './fault.ts';

export type { Syntax };

/** The expression that fills all of `source`. */
export function parseWhole(source: string): Syntax {
  if (source.trim() === '')
    throw invalid('EMPTY', 'The expression is empty', 0, 'Write an expression, for example `context.count < 3`.');
  const syntax = parseAt(source, 0);
  const rest = source.slice(syntax.end);
  if (rest.trim() !== '') throw unexpected(source, syntax.end + rest.length - rest.trimStart().length);
  return syntax;
}

/** The expression that starts at `position`; its `end` says where it stops. */
export function parseAt(source: string, position: number): Syntax {
  try {
    return parseExpressionAt(source, position, {
      ecmaVersion: 2025,
      // a module is strict: no octal numbers, no HTML comments
      sourceType: 'module',
      allowHashBang: false,
      // only with its parentheses does the outermost node tell where the expression ends
      preserveParens: true,
      onComment: (_block, _text, start) => {
        throw invalid('COMMENT', 'A comment is not allowed in an expression', start, 'Put it into a `description`.');
      },
    });
  } catch (error) {
    throw asFault(error, source);
  }
}

/** What acorn throws, with the position in `source`. */
export function asFault(error: unknown, source: string): Fault {
  if (error instanceof Fault) return error;
  if (!(error instanceof SyntaxError) || !('pos' in error))
    return invalid('SYNTAX', `Cannot read the expression: ${error}`, 0);
  const position = Number(error.pos);
  const message = error.message.replace(/ \(\d+:\d+\)$/, '');
  if (message.startsWith('Not enough stack space')) return tooDeep(position);
  return message === 'Unexpected token' ? unexpected(source, position) : invalid('SYNTAX', message, position);
}

export function tooDeep(position: number): Fault {
  return invalid(
    'TOO_DEEP',
    'The expression nests too deeply',
    position,
    'Split it over several `assign` keys or guards.',
  );
}

function unexpected(source: string, position: number): Fault {
  const rest = source.slice(position).trimStart();
  if (rest === '') return invalid('SYNTAX', 'The expression ends too early', position);
  const token = /^(?:[\p{L}\p{N}_$]+|.)/u.exec(rest)?.[0] ?? rest[0];
  const hint = statements.has(token ?? '')
    ? 'Write one expression, without statements; `condition ? a : b` chooses.'
    : 'Write one JavaScript expression.';
  return invalid('SYNTAX', `Unexpected \`${token}\``, position, hint);
}

const statements = new Set([
  'return',
  'if',
  'let',
  'const',
  'var',
  'for',
  'while',
  'do',
  'switch',
  'throw',
  'try',
  ';',
]);
