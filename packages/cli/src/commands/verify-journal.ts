import { openStore, type VerifyReport, verifyStore } from '@fsm/runtime';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { formatCount } from '../format-count.ts';
import type { Output } from '../output.ts';

export function addVerifyJournal(fsm: Command, host: Host): void {
  fsm
    .command('verify-journal')
    .description('Read a whole store and check every hash in it. Changes nothing.')
    .argument('<db>', 'an SQLite file, or a directory of JSON lines')
    .option('--json', 'print one JSON object: {"whole","lines","instances","problems":[…]}')
    .addHelpText('after', example('fsm verify-journal loans.db'))
    .action((db: string, options: { json?: boolean }) =>
      host.perform(options.json ?? false, (output) => verifyJournal(db, output)),
    );
}

async function verifyJournal(db: string, output: Output): Promise<number> {
  const store = openStore(db, { readOnly: true, onNotice: (notice) => output.notice(notice) });
  await store.open();
  let report: VerifyReport;
  try {
    report = await verifyStore(store, {
      onProgress: ({ lines, instances }) =>
        output.status(`${formatCount(lines)} lines of ${formatCount(instances)} instances are whole`),
    });
  } finally {
    output.status('');
    await store.close();
  }
  const { problems, lines, instances } = report;
  const whole = problems.length === 0;
  if (output.json) output.printJson({ whole, ...report });
  else if (whole)
    output.print(
      `${output.paint('green', '✓')} ${db}: ${formatCount(lines)} lines of ${formatCount(instances)} instances are whole`,
    );
  else {
    for (const { tenant, name, message } of problems) {
      output.print(`${output.paint('red', '✗')} ${name === undefined ? '' : `${tenant}/${name}: `}${message}`);
    }
    output.notice(`see what a repair would lose: fsm repair ${db}`);
  }
  return whole ? exitCode.done : exitCode.failed;
}
