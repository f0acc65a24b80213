import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toSvg } from './diagram.ts';

/** The pictures of the documentation. `npx fsm graph <machine> --out <picture>` draws one anew. */
const pictures = [
  { machine: 'examples/loan-application/machine.json', picture: 'docs/images/loan-application.svg' },
  { machine: 'examples/traffic-light/machine.json', picture: 'docs/images/traffic-light.svg' },
];

test.each(pictures)('$picture shows $machine as it is', async ({ machine, picture }) => {
  const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
  expect(read(picture)).toBe(`${await toSvg(JSON.parse(read(machine)))}\n`);
});
