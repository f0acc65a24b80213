/**
 * `npm start`: a working day at a bank, made up but lifelike. Writes a log of loan applications, sends it through the machine
 * of `examples/loan-application` into a durable store, and says how to look into what happened.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleEvents } from '../examples/loan-application/generate.ts';
import { main, processIo } from '../packages/cli/src/index.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = relative(process.cwd(), join(root, '.fsm')) || '.';
const log = join(folder, 'loan-applications.ndjson');
const db = join(folder, 'loan-applications.db');
const machine = relative(process.cwd(), join(root, 'examples', 'loan-application', 'machine.json'));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const events = sampleEvents({ applications: 2000 });
writeFileSync(log, events.map((event) => `${JSON.stringify(event)}\n`).join(''));

const command = ['run', machine, '--events', log, '--db', db];
console.log(`2,000 made-up loan applications are in ${log}. Now running:\n\n  fsm ${command.join(' ')}\n`);
const code = await main(command, processIo());
if (code === 0) {
  const instance = events[0]?.instance ?? '';
  console.log(`
Everything is in ${db}. Look into it:

  npx fsm list --db ${db}
  npx fsm get ${instance} --db ${db}
  npx fsm history ${instance} --db ${db}
  npx fsm graph ${machine}

Run the command above again: nothing is applied twice.`);
}
process.exit(code);
