import { readFileSync, symlinkSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const scxml = (content: string) =>
  `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="door">${content}</scxml>`;
const door = folder.write(
  'door.scxml',
  scxml('<state id="open"><transition event="CLOSE" target="shut"/></state><state id="shut"/>'),
);
const machine = {
  id: 'door',
  semantics: 'scxml',
  initial: 'open',
  states: { open: { id: 'open', on: { CLOSE: { target: '#shut' } } }, shut: { id: 'shut' } },
};

describe('fsm import', () => {
  test('prints the machine of an SCXML document, and nothing else on stdout', async () => {
    const { code, stdout, stderr } = await fsm(['import', 'scxml', door]);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual(machine);
    expect(stdout).toMatch(/^\{\n {2}"id": "door",\n/);
  });

  test('writes it to a file, or into one JSON object', async () => {
    const out = `${folder.path}/door.json`;
    expect(await fsm(['import', 'scxml', door, '--out', out])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `written to ${out}\n`,
    });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(machine);
    expect((await fsm(['import', 'scxml', door, '--json'])).json).toEqual({
      format: 'scxml',
      file: door,
      machine,
      problems: [],
    });
  });

  test('says where problems are, and fails with errors', async () => {
    const broken = folder.write(
      'broken.scxml',
      scxml('\n  <state id="a" x:y="" xmlns:x="urn:x">\n<transition event="e" target="b"/></state>'),
    );
    const { code, stderr, stdout } = await fsm(['import', 'scxml', broken]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `${broken}:2:3 warning The attribute \`y\` is of another namespace (urn:x). [FOREIGN_ATTRIBUTE]`,
    );
    expect(stderr).toContain(`${broken}:3:1 error There is no state \`b\`. [UNKNOWN_TARGET]\n  at  $.states.a\n  try `);
    expect(stderr).toContain('broken.scxml: 1 error\n');
    expect(JSON.parse(stdout)).toMatchObject({ id: 'door' });
  });

  test('what is no document, no file or no format is refused', async () => {
    const text = folder.write('text.scxml', '<scxml>');
    const refused = await fsm(['import', 'scxml', text, '--json']);
    expect(refused).toMatchObject({ code: 1, json: { error: { code: 'SCXML_INVALID' } } });
    expect(refused.stdout).toContain(`${text}:1:8`);
    expect(await fsm(['import', 'scxml', `${folder.path}/none.scxml`, '--json'])).toMatchObject({
      code: 2,
      json: { error: { code: 'FILE_NOT_FOUND' } },
    });
    expect((await fsm(['import', 'yaml', door])).code).toBe(2);
  });

  test('reads files beside the document, and below it, but no others', async () => {
    const secret = folder.write('secret.json', '"secret"');
    const inside = folder.write('project/data/a b.json', '{"a":1}');
    folder.write('project/data/broken.txt', 'text');
    symlinkSync(secret, `${folder.path}/project/link.json`);
    const addresses = [
      'data/a%20b.json',
      pathToFileURL(inside).href,
      'file:data/broken.txt',
      '../secret.json',
      pathToFileURL(secret).href,
      secret,
      'link.json',
      'data',
      '%zz',
      'https://example.org/a.json',
      'file://example.org/a.json',
    ];
    const data = addresses.map((address, index) => `<data id="d${index}" src="${address}"/>`).join('');
    const document = folder.write('project/a.scxml', scxml(`<datamodel>${data}</datamodel><state/>`));
    const { code, json } = await fsm(['import', 'scxml', document, '--json']);
    expect(code).toBe(0);
    const { machine: imported, problems } = json as { machine: { data: object }; problems: { code: string }[] };
    expect(Object.values(imported.data)).toEqual([{ a: 1 }, { a: 1 }, 'text', ...Array(8).fill('{{ undefined }}')]);
    expect(problems.map(({ code: each }) => each)).toEqual(Array(8).fill('SOURCE_MISSING'));
  });

  test('XState and JSON machines become machines, too', async () => {
    const states = '"states":{"open":{"on":{"CLOSE":{"target":"shut","guard":"isClear"}}},"shut":{}}';
    const config = folder.write('config.json', `{"id":"door","initial":"open",${states}}`);
    const xstate = await fsm(['import', 'xstate', config, '--json']);
    expect(xstate.json).toMatchObject({ machine: { id: 'door', initial: 'open' } });
    const relaxed = folder.write('door.jsonc', '// a door\n{"id":"door","initial":"open","states":{"open":{},},}');
    const json = await fsm(['import', 'json', relaxed]);
    expect(JSON.parse(json.stdout)).toEqual({ id: 'door', initial: 'open', states: { open: {} } });
  });
});

describe('other commands', () => {
  test('read SCXML documents', async () => {
    expect(await fsm(['validate', door])).toMatchObject({ code: 0, stdout: `✓ ${door}: door is valid\n` });
    expect((await fsm(['graph', door])).stdout).toContain('open --> shut');
  });

  test('say what is wrong in them', async () => {
    const document = scxml('\n<state id="a"><transition event="e" cond="x =" target="b"/><state/></state>');
    const { code, json } = await fsm(['validate', folder.write('wrong.scxml', document), '--json']);
    expect(code).toBe(1);
    expect((json as { files: { problems: object[] }[] }).files[0]!.problems).toMatchObject([
      { code: 'UNKNOWN_TARGET', line: 2, column: 15 },
      { code: 'EXPRESSION_SYNTAX', line: 2, column: 15 },
    ]);
  });

  test('keep the warnings of the import', async () => {
    const document = folder.write('warned.scxml', scxml('<state id="a" x:y="" xmlns:x="urn:x"/>'));
    const { code, stdout } = await fsm(['validate', document]);
    expect(code).toBe(0);
    expect(stdout).toContain('[FOREIGN_ATTRIBUTE]');
    expect(stdout).toContain('door is valid, 1 warning');
  });
});
