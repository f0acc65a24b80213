import { FsmError } from '@fsm/core';
import type { Instance } from './instance.ts';
import type { TenantSpace } from './tenant-space.ts';

export function instanceUnknown(space: TenantSpace, name: string): FsmError {
  return new FsmError('INSTANCE_UNKNOWN', `There is no instance "${name}" in tenant "${space.id}".`, {
    hint: 'Create it first, or list the instances of the tenant.',
    details: { instance: name },
  });
}

export function invocationUnknown(name: string, asked: string, running: object): FsmError {
  const ids = Object.keys(running);
  return new FsmError('INVOCATION_UNKNOWN', `The instance "${name}" runs no effect "${asked}".`, {
    hint: ids.length === 0 ? 'It runs none at the moment.' : `It runs ${ids.slice(0, 10).join(', ')}.`,
    details: { asked, exists: ids.slice(0, 100) },
  });
}

/** Whoever cancels it came too late. */
export function invocationEnded(name: string): FsmError {
  return new FsmError('INVOCATION_ENDED', `The effect of "${name}" has ended meanwhile.`, {
    hint: 'Look at the instance: it has gone on.',
  });
}

export function runtimeClosed(): FsmError {
  return new FsmError('RUNTIME_CLOSED', 'The runtime is closed.', { next: 'retry', hint: 'Open it again.' });
}

export function instanceExists(instance: Instance, asked: string): FsmError {
  return new FsmError(
    'INSTANCE_EXISTS',
    `There is already an instance "${instance.name}" in tenant "${instance.space.id}".`,
    {
      hint: 'Use another name, or send events to the existing one.',
      details: { instance: instance.name, machine: instance.state?.snapshot.machine.hash ?? null, asked },
    },
  );
}

export function idReused(id: string): FsmError {
  return new FsmError('EVENT_ID_REUSED', `The event id "${id}" was used before for another event.`, {
    hint: 'Give every event its own id; repeat an id only to repeat the same event.',
    details: { id },
  });
}

export function instanceQueueFull(name: string, waiting: number): FsmError {
  return new FsmError(
    'INSTANCE_QUEUE_FULL',
    `The instance "${name}" waits for the effect before a transition, and ${waiting} events wait behind it.`,
    { next: 'retry', hint: 'Send it again, with the same id, when the effect is over.', details: { waiting } },
  );
}

export function mailboxFull(name: string, waiting: number): FsmError {
  return new FsmError('MAILBOX_FULL', `${waiting} events are already waiting for instance "${name}".`, {
    next: 'retry',
    hint: 'Send it again, with the same id, a little later.',
  });
}

export function noSuchMachine(tenant: string, asked: string, known: readonly string[]): FsmError {
  return new FsmError('MACHINE_UNKNOWN', `There is no machine "${asked}" in tenant "${tenant}".`, {
    hint: known.length === 0 ? 'Register a machine first.' : `Known machines: ${known.slice(0, 10).join(', ')}.`,
    details: { asked, known: known.slice(0, 100) },
  });
}
