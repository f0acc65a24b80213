import { type Outcome, outcomeOf } from '../../expression/testing/v8.ts';
import { dataNames } from './arbitrary-script.ts';

/** The same script as strict JavaScript, on a copy of the data: what they are afterwards. For tests only. */
export function runInV8(source: string, data: object): Outcome {
  return outcomeOf(() => {
    const run = new Function(
      'data',
      `"use strict"; let { ${dataNames.join(', ')} } = data;\n${source}\n; return { ${dataNames.join(', ')} };`,
    );
    return run(structuredClone(data));
  });
}
