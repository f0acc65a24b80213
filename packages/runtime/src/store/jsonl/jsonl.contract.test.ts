import { join } from 'node:path';
import { afterAll } from 'vitest';
import { storeContract } from '../contract.ts';
import { placeOnDisk, temporaryFolder } from '../test-places.ts';
import { JsonlStore } from './jsonl.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

storeContract('jsonl', () => placeOnDisk(folder, (place) => new JsonlStore(join(place, 'journal/'))), {
  recordsSurvive: false,
});

storeContract(
  'jsonl in small segments',
  () => placeOnDisk(folder, (place) => new JsonlStore(place, { segmentBytes: 600 })),
  {
    recordsSurvive: false,
  },
);
