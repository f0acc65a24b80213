import type { ImplementationTable } from './export-scope.ts';
import { helperSources, keySource } from './javascript.ts';

/** The text of a TypeScript module with the functions behind the names of a configuration. */
export function moduleText(machineId: string, table: ImplementationTable): string {
  const helpers = [...table.helpers].sort().map((name) => helperSources[name]);
  return [
    `// Functions behind the names of the machine ${JSON.stringify(machineId)}, for XState v5.`,
    `import { ${[...table.imports].sort().join(', ')} } from 'xstate';`,
    ...helpers,
    setupText(table),
    placesText(table),
    createText,
  ]
    .join('\n\n')
    .concat('\n');
}

function setupText({ sources }: ImplementationTable): string {
  const kinds = (['guards', 'actions', 'delays', 'actors'] as const)
    .filter((kind) => sources[kind].size > 0)
    .map((kind) => {
      const lines = [...sources[kind]].map(([name, source]) => `    ${keySource(name)}: ${source},`);
      return `  ${kind}: {\n${lines.join('\n')}\n  },`;
    });
  return [
    'export const implementations = setup({',
    '  types: {} as { context: any; events: any },',
    ...kinds,
    '} as any);',
  ].join('\n');
}

function placesText({ places }: ImplementationTable): string {
  const lines = places.map(({ keys, source }) => `  [${JSON.stringify(keys)}, ${source}],`);
  return [
    '/** Functions that stand in the configuration itself, with their places. */',
    'const functions: readonly (readonly [readonly (string | number)[], unknown])[] = [',
    ...lines,
    '];',
  ].join('\n');
}

const createText = `/** The machine of a configuration: \`createMachineFrom(JSON.parse(text))\`. Input goes over its context. */
export function createMachineFrom(config: any) {
  const whole = structuredClone(config);
  for (const [keys, value] of functions) {
    const last = keys.length - 1;
    const parent = keys.slice(0, last).reduce((part: any, key) => part[key], whole);
    parent[keys[last]!] = value;
  }
  return implementations.createMachine({ ...whole, context: ({ input }: any) => ({ ...whole.context, ...input }) });
}`;
