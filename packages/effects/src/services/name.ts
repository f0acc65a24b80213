import { contentHash, FsmError, type Json } from '@fsm/core';
import { z } from 'zod';
import type { Compile, Compiled } from '../compile.ts';

const longest = 256;

/** The name of a dependency; each use adds its own description. */
export const name = z.string().min(1).max(10_000);

/** Evaluates to the name. Throws NAME_INVALID when that is not a text of 1 to 256 characters. */
export function compileName(source: string, compile: Compile): Compiled<string> {
  const value = compile.template(source, 'name');
  return (step) => {
    const text = value(step);
    const given = typeof text === 'number' ? String(text) : text;
    if (typeof given === 'string' && given.length > 0 && given.length <= longest) return given;
    throw new FsmError('NAME_INVALID', `\`${source}\` does not give the name of a dependency.`, {
      hint: `Give a text of 1 to ${longest} characters.`,
      details: { asked: typeof given === 'string' ? given.slice(0, longest) : typeof given },
    });
  };
}

/** A short text that stands for a value: the same for equal values only. */
export function digest(value: Json): string {
  return contentHash({ id: 'value', meta: { value } });
}
