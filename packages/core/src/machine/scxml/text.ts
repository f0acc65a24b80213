import { compileDataTemplate, type DataScope } from '../../ecmascript/data-model.ts';
import { deferred } from './deferred.ts';
import { badMessage } from './error-event.ts';

/** A template whose value must be text: an event, an id, a target. */
export function compileText(template: string, path: string): (scope: DataScope) => string {
  if (!template.includes('{{')) return () => template;
  const compiled = deferred(() => compileDataTemplate(template, { path }), { evaluate: true });
  return (scope) => {
    const value = compiled.evaluate(scope);
    if (typeof value === 'string') return value;
    throw badMessage('NOT_A_NAME', `${path} gave ${JSON.stringify(value)} where a text is needed.`, 'Give a text.');
  };
}
