import { FsmError } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { readMachineFile, standalone } from './machine-file.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const folder = temporaryFolder();
const door = JSON.stringify({ id: 'door', initial: 'open', states: { open: {} } });

async function refusal(path: string, code?: string): Promise<FsmError> {
  return await readMachineFile(path, code).then(
    () => expect.fail('the file was accepted'),
    (error: unknown) => (FsmError.is(error) ? error : expect.fail(String(error))),
  );
}

describe('readMachineFile', () => {
  test('JSON, JSON with comments, TypeScript and JavaScript give the same definition', async () => {
    const files = [
      folder.write('same/door.json', door),
      folder.write('same/door.jsonc', `// a door\n${door}`),
      folder.write('same/door.ts', `const machine: object = ${door};\nexport default machine;`),
      folder.write('same/door.mjs', `export default ${door};`),
    ];
    for (const file of files) expect((await readMachineFile(file)).definition).toEqual(JSON.parse(door));
  });

  test('a JSON machine takes its functions from the file beside it, or from the one that is named', async () => {
    const machine = folder.write('code/door.json', door);
    const beside = folder.write('code/functions.ts', 'export const functions = { beside: () => 1 };');
    const other = folder.write(
      'code/other.js',
      'export const functions = { other: () => 1 }, guards = { g: () => true };',
    );
    const found = await readMachineFile(machine);
    expect([Object.keys(found.functions ?? {}), found.codeFrom]).toEqual([['beside'], beside]);
    const named = await readMachineFile(machine, other);
    expect([Object.keys(named.functions ?? {}), named.codeFrom]).toEqual([['other'], other]);
    expect(Object.keys(named.implementations.guards ?? {})).toEqual(['g']);
  });

  test('a module brings its own functions, guards and actions', async () => {
    const file = folder.write(
      'own/door.js',
      `export default ${door}; export const actions = { beep: () => undefined };`,
    );
    const machine = await readMachineFile(file);
    expect(Object.keys(machine.implementations.actions ?? {})).toEqual(['beep']);
    expect(machine.codeFrom).toBeUndefined();
  });

  test('run here, what the code does not have is missing and not merely unknown', async () => {
    const machine = await readMachineFile(folder.write('bare/door.json', door));
    expect([machine.functions, machine.implementations]).toEqual([undefined, {}]);
    const { functions, implementations } = standalone(machine);
    expect([functions, implementations]).toEqual([{}, { guards: {}, actions: {} }]);
  });

  test.each([
    ['missing.json', undefined, 'FILE_NOT_FOUND'],
    ['door.yaml', 'id: door', 'FILE_TYPE_UNKNOWN'],
    ['latin.json', Buffer.from([0x22, 0xe9, 0x22]), 'FILE_NOT_UTF8'],
    ['broken.json', '{"id":', 'MACHINE_SYNTAX'],
    ['deep.json', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'TOO_DEEP'],
    ['proto.json', '{"id":"a","__proto__":{"polluted":true},"states":{}}', 'HOSTILE_KEY'],
    ['nothing.ts', 'export const machine = {};', 'MODULE_EMPTY'],
    ['throws.js', 'throw new RangeError("too late");', 'MODULE_FAILED'],
    ['enum.ts', 'enum Colour { Red }\nexport default {};', 'MODULE_FAILED'],
    ['functions-are-text.js', 'export default {}; export const functions = "all";', 'MODULE_INVALID'],
    ['a-function-is-text.js', 'export default {}; export const guards = { g: "yes" };', 'MODULE_INVALID'],
  ])('%s is refused', async (name, content, code) => {
    const path = `${folder.path}/refused/${name}`;
    if (content !== undefined) folder.write(`refused/${name}`, content);
    const error = await refusal(path);
    expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
  });

  test('a directory, a file below a file, and missing functions are named for what they are', async () => {
    const machine = folder.write('places/door.json', door);
    expect((await refusal(`${folder.path}/places`)).code).toBe('FILE_IS_DIRECTORY');
    expect((await refusal(`${machine}/x.json`)).code).toBe('FILE_NOT_FOUND');
    expect((await refusal(machine, `${folder.path}/places/functons.ts`)).code).toBe('FILE_NOT_FOUND');
  });

  test('what a module throws is shown, with how to see more', async () => {
    const error = await refusal(folder.write('throwing/door.js', 'throw new RangeError("too late");'));
    expect(error.message).toContain('RangeError: too late');
    expect(error.hint).toContain('node ');
  });
});
