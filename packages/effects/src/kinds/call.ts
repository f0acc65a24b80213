import { FsmError, type Json } from '@fsm/core';
import { z } from 'zod';
import { copyJson } from '../copy-json.ts';
import { defineEffect, leaf } from '../effect.ts';
import { FunctionCall, type FunctionDefinition, noParams } from '../function.ts';
import { template } from '../parameters.ts';

export const call = defineEffect({
  name: 'call',
  summary: 'Calls a registered function.',
  category: 'basic',
  icon: 'square-function',
  output: 'What the function returned; null when it returned nothing.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    function: z.string().min(1).describe('Name under which the function is registered, such as "credit.score".'),
    params: template.optional().describe('What the function is called with; {} when not given.'),
  }),
  examples: [
    {
      title: 'Call a function with data of the instance',
      effect: { type: 'call', function: 'greet', params: { name: '{{ context.name }}' } },
      context: { name: 'Ada' },
      functions: { greet: ({ name }) => `Hello ${name}` },
      output: 'Hello Ada',
    },
  ],
  prepare({ function: name, params = noParams }, compile) {
    const definition = compile.function(name, 'function');
    const values = compile.template(params, 'params');
    if (definition !== undefined) {
      for (const problem of constantProblems(definition, params)) {
        compile.problem(
          'INVALID_VALUE',
          `\`${name}\` does not take these parameters: ${problem}.`,
          'Change `params`.',
          'params',
        );
      }
    }
    return leaf(
      (step) => {
        if (definition === undefined) throw unregistered(name);
        // a copy, because a function may change what it is given, and the context may not change
        const given = params === noParams ? {} : copyJson(values(step));
        return definition.run(checked(definition, name, given), new FunctionCall(step));
      },
      definition?.repeat === undefined ? {} : { repeat: definition.repeat },
    );
  },
});

export function checked(definition: FunctionDefinition, name: string, params: Json): unknown {
  if (definition.parameters === undefined) return params;
  const parsed = definition.parameters.safeParse(params);
  if (parsed.success) return parsed.data;
  const problems = wording(parsed.error);
  throw new FsmError('EFFECT_PARAMETERS', `\`${name}\` does not take these parameters: ${problems.join('; ')}.`, {
    hint: 'Change `params` of the effect.',
    details: { function: name, problems },
  });
}

/** Parameters with templates in them are known only when the step starts. */
function constantProblems(definition: FunctionDefinition, params: Json): string[] {
  if (definition.parameters === undefined || JSON.stringify(params).includes('{{')) return [];
  const parsed = definition.parameters.safeParse(params);
  return parsed.success ? [] : wording(parsed.error);
}

function wording(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
}

export function unregistered(name: string): FsmError {
  return new FsmError('UNKNOWN_FUNCTION', `No function \`${name}\` is registered.`, {
    hint: 'Register it: createRegistry({ functions: { … } }).',
    details: { asked: name },
  });
}
