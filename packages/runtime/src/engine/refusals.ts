import { FsmError } from '@fsm/core';
import type { Instance } from './instance.ts';
import type { TenantSpace } from './tenant-space.ts';

export function instanceUnknown(space: TenantSpace, name: string): FsmError {
  return new FsmError('INSTANCE_UNKNOWN', `There is no instance "${name}" in tenant "${space.id}".`, {
    hint: 'Create it first, or list the instances of the tenant.',
    details: { instance: name },
  });
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

export function mailboxFull(name: string, waiting: number): FsmError {
  return new FsmError('MAILBOX_FULL', `${waiting} events are already waiting for instance "${name}".`, {
    next: 'retry',
    hint: 'Send it again, with the same id, a little later.',
  });
}
