import { writeFileSync } from 'node:fs';
import { machineJsonSchema } from '../src/definition/machine-schema.ts';

// node packages/core/schema/write-schema.ts
const file = new URL('machine.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(machineJsonSchema(), null, 2)}\n`);
