import { decodeEntry, type Entry } from '../engine/fact.ts';
import { foldLines } from '../engine/fold.ts';
import { readRecordText, stateText } from '../engine/record.ts';
import type { InstanceState } from '../engine/state.ts';
import type { StoredLine } from '../store/store.ts';
import { checkNotices } from './notice-invariants.ts';
import { hopsLimit } from './simulated-subscriptions.ts';
import type { Client, Simulation } from './simulation.ts';

interface Journal {
  readonly client: Client;
  readonly lines: readonly StoredLine[];
  readonly entries: readonly Entry[];
  readonly state: InstanceState;
}

/** Checks what must hold once faults have stopped and all is at rest; adds what does not to `simulation.violations`. */
export async function checkInvariants(simulation: Simulation): Promise<void> {
  const journals = new Map<string, Journal>();
  for (const client of simulation.clients) {
    const name = `${client.tenant}/${client.instance}`;
    const found = await simulation.disk.find(client.tenant, client.instance);
    if (found === undefined) {
      simulation.violations.push(`I1: ${name} was acknowledged and is not in the store`);
      continue;
    }
    const lines = await simulation.disk.lines(found.number, 1, Number.MAX_SAFE_INTEGER);
    try {
      const folded = foldLines(simulation.machines[client.machine], client.tenant, client.instance, undefined, lines)!;
      const journal = { client, lines, entries: lines.map(({ text }) => decodeEntry(text)), state: folded.state };
      journals.set(name, journal);
      await checkStates(simulation, journal);
    } catch (error) {
      simulation.violations.push(`I3/I5: the journal of ${name} cannot be folded: ${String(error)}`);
    }
  }
  for (const journal of journals.values()) {
    checkEvents(simulation, journal);
    checkTimers(simulation, journal);
    checkSteps(simulation, journal);
    checkSends(simulation, journal, journals);
    checkEnd(simulation, journal);
    const { client, entries } = journal;
    if (client.machine === 'order') {
      simulation.violations.push(...simulation.watcher.check(`${client.tenant}/${client.instance}`, entries));
    }
  }
  checkLedger(simulation);
  const machines = new Map(Object.values(simulation.machines).map((machine) => [machine.hash, machine]));
  const { violations, deliveries } = checkNotices(simulation.written, machines, hopsLimit);
  simulation.violations.push(...violations);
  simulation.deliveries = deliveries;
}

/** I5: fold(journal) = the record = what the runtime shows. */
async function checkStates(simulation: Simulation, { client, lines, state }: Journal): Promise<void> {
  const name = `${client.tenant}/${client.instance}`;
  const found = (await simulation.disk.find(client.tenant, client.instance))!;
  if (found.record?.sequence === lines.length && readRecordText(found.record.text).state !== stateText(state)) {
    simulation.violations.push(`I5: the record of ${name} differs from its journal`);
  }
  const shown = await simulation.show(client);
  if (JSON.stringify(shown) !== JSON.stringify(state.snapshot)) {
    simulation.violations.push(`I5: the runtime shows another ${name} than its journal explains`);
  }
}

/** I1 acknowledged ⊂ journal, I2 nothing invented, I4 each sender's order, I9 one line per id, I12 no event crosses tenants. */
function checkEvents({ violations }: Simulation, { client, entries }: Journal): void {
  const planned = new Map(client.plan.map((event, index) => [event.id, { event, index }]));
  const seen = new Set<string>();
  let last = -1;
  for (const entry of entries) {
    if (entry.kind !== 'event' && entry.kind !== 'refused') continue;
    const data = entry.data as { readonly tenant?: string } | undefined;
    if (data?.tenant !== client.tenant) violations.push(`I12: ${client.tenant} has an event of ${data?.tenant}`);
    if (entry.kind === 'event' && entry.from !== undefined) continue;
    const plan = planned.get(entry.id!);
    if (plan === undefined || plan.event.type !== entry.type)
      violations.push(`I2: nobody sent ${entry.id} ${entry.type}`);
    else if (plan.index < last) violations.push(`I4: ${entry.id} comes after a later one`);
    else last = plan.index;
    if (seen.has(entry.id!)) violations.push(`I9: ${entry.id} was handled twice`);
    seen.add(entry.id!);
  }
  client.answers.forEach((answer, index) => {
    const { id } = client.plan[index]!;
    if (answer === undefined) {
      violations.push(`I15: ${id} was never answered`);
    } else if ('sequence' in answer) {
      const entry = entries[answer.sequence - 1];
      if (entry?.kind !== 'event' || entry.id !== id || entry.taken !== answer.taken) {
        violations.push(`I1: ${id} was acknowledged as line ${answer.sequence}, which is something else`);
      }
    }
  });
}

/** I8: each armed timer fires at most once, never early; none is left past due. */
function checkTimers(simulation: Simulation, { client, entries, state }: Journal): void {
  const armed = new Map<string, number>();
  for (const entry of entries) {
    if (entry.kind === 'timer') {
      const key = `${entry.timer}#${entry.incarnation}`;
      const due = armed.get(key);
      if (due === undefined) simulation.violations.push(`I8: ${client.instance} ${key} fired twice or was never armed`);
      else if (entry.at < due)
        simulation.violations.push(`I8: ${client.instance} ${key} fired ${due - entry.at} ms early`);
      armed.delete(key);
    }
    for (const command of entry.commands ?? []) {
      if (command.type === 'arm') armed.set(`${command.timer}#${command.incarnation}`, command.due);
    }
  }
  for (const [id, { due }] of Object.entries(state.snapshot.timers ?? {})) {
    if (due <= simulation.now) simulation.violations.push(`I8: ${client.instance} ${id} is left past due`);
  }
}

/**
 * I7: one outcome per step, also of what is undone; I11: no step of an execution after it ended or was cancelled, and
 * nothing is undone but of one that was cancelled, once.
 */
function checkSteps({ violations }: Simulation, { client, entries }: Journal): void {
  const outcomes = new Set<string>();
  const running = new Set<string>();
  const cancelled = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'step' || entry.kind === 'done' || entry.kind === 'failed') {
      const execution = `${entry.invocation}#${entry.incarnation}`;
      if (!running.has(execution)) violations.push(`I11: ${client.instance} ${execution} goes on after its end`);
      if (entry.kind !== 'step') running.delete(execution);
      else if (entry.step.output !== undefined || entry.step.error !== undefined) {
        const key = `${execution}:${entry.path}`;
        if (outcomes.has(key)) violations.push(`I7: ${client.instance} ${key} was recorded twice`);
        outcomes.add(key);
      }
    }
    if (entry.kind === 'compensating' || entry.kind === 'compensated') {
      const execution = `${entry.invocation}#${entry.incarnation}`;
      if (!cancelled.has(execution)) violations.push(`I11: ${client.instance} ${execution} is undone without reason`);
      if (entry.kind === 'compensated') cancelled.delete(execution);
      else if (entry.step.output !== undefined || entry.step.error !== undefined) {
        const key = `${execution}:${entry.path}`;
        if (outcomes.has(key)) violations.push(`I7: ${client.instance} ${key} was recorded twice`);
        outcomes.add(key);
      }
    }
    for (const command of entry.commands ?? []) {
      if (command.type === 'start') running.add(`${command.invocation}#${command.incarnation}`);
      if (command.type !== 'cancel') continue;
      running.delete(`${command.invocation}#${command.incarnation}`);
      cancelled.add(`${command.invocation}#${command.incarnation}`);
    }
  }
}

/** Every send arrives exactly once at an existing instance, and is reported as undeliverable otherwise. */
function checkSends({ violations }: Simulation, { client, entries }: Journal, journals: Map<string, Journal>): void {
  for (const entry of entries) {
    let sends = 0;
    for (const command of entry.commands ?? []) {
      if (command.type !== 'send') continue;
      const id = `${client.instance}/${entry.sequence}.${sends}`;
      sends += 1;
      const target = journals.get(`${client.tenant}/${command.to}`);
      const arrived = target?.entries.filter((other) => other.kind === 'event' && other.id === id).length ?? 0;
      const receipts = entries.filter((other) => other.kind === 'sent' && other.id === id);
      const refused = receipts[0]?.kind === 'sent' && receipts[0].error !== undefined;
      if (arrived !== (refused ? 0 : 1)) violations.push(`I7: the send ${id} arrived ${arrived} times`);
      if (receipts.length !== 1) violations.push(`I15: the send ${id} has ${receipts.length} receipts`);
    }
  }
}

/** I6: nothing is taken after the end. I15: no work is left over. */
function checkEnd({ violations }: Simulation, { client, entries, state }: Journal): void {
  if (state.executions !== undefined)
    violations.push(`I15: ${client.instance} still has ${Object.keys(state.executions)}`);
  if (state.debts !== undefined)
    violations.push(`I15: ${client.instance} still has to undo ${Object.keys(state.debts)}`);
  if (state.outbox !== undefined) violations.push(`I15: ${client.instance} still has sends to deliver`);
  if (state.notices !== undefined) violations.push(`I15: ${client.instance} still has listeners to tell`);
  if (state.snapshot.status === 'active') return;
  const end = entries.findLastIndex((entry) => entry.to !== undefined);
  const late = entries.slice(end + 1).find((entry) => entry.kind === 'event' && entry.taken);
  if (late !== undefined) violations.push(`I6: ${client.instance} took line ${late.sequence} after its end`);
}

/**
 * I7: a `once` step is performed at most once, another at most once per life that may have lost its result. What was being
 * undone when the execution was cancelled is undone once more, with the same key.
 */
function checkLedger({ ledger, violations, crashes, refusals }: Simulation): void {
  for (const [key, { calls, once, undoes }] of ledger) {
    if (calls > (once ? 1 : 1 + crashes + refusals + Number(undoes)))
      violations.push(`I7: ${key} was performed ${calls} times`);
  }
}
