import { join } from 'node:path';
import { afterAll } from 'vitest';
import { storeContract } from '../contract.ts';
import { placeOnDisk, temporaryFolder } from '../test-places.ts';
import { SqliteStore } from './sqlite.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

storeContract('sqlite', () => placeOnDisk(folder, (place) => new SqliteStore(join(place, 'fsm.db'))));
