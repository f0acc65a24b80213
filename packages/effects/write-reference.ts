import { readFileSync, writeFileSync } from 'node:fs';
import { builtInKinds, referencePage } from './src/index.ts';

/** Writes docs/effects.md: `node packages/effects/write-reference.ts`. */
const introduction = readFileSync(new URL('reference.md', import.meta.url), 'utf8');
writeFileSync(new URL('../../docs/effects.md', import.meta.url), referencePage(builtInKinds, introduction));
