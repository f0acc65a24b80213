import { storeContract } from './contract.ts';
import { MemoryStore } from './memory.ts';

storeContract('memory', () => {
  const store = new MemoryStore();
  return { store: () => store };
});
