import { FsmError, importScxml, type JsonObject, type MachineDefinition } from '@fsm/core';
import type { ChildRequest, StepOutcome } from '@fsm/effects';
import type { Limits } from '../limits.ts';
import type { Execution } from './execution.ts';
import type { FamilyFact } from './fact.ts';
import { hasOutcome, isSameParent, type ParentLink, runOf } from './family.ts';
import type { Instance } from './instance.ts';
import { fingerprintOf } from './seen.ts';
import type { LoadedMachine, TenantSpace } from './tenant-space.ts';
import { resumeWith } from './waits.ts';

/** What creating children asks of the engine. */
export interface ChildrenPort {
  readonly limits: Limits;
  now(instance: Instance): number;
  /** A machine by id or hash. Throws MACHINE_UNKNOWN. */
  machineNamed(space: TenantSpace, name: string): LoadedMachine | Promise<LoadedMachine>;
  register(space: TenantSpace, definition: MachineDefinition): Promise<LoadedMachine>;
  createChild(
    space: TenantSpace,
    machine: LoadedMachine,
    name: string,
    input: JsonObject | undefined,
    at: number,
    parent: ParentLink,
  ): Promise<unknown>;
  find(space: TenantSpace, name: string): Promise<Instance>;
  committed(): Promise<void>;
  afterwards(action: () => void): void;
  /** A send that waited for the child of an invocation can be delivered. */
  unpark(instance: Instance, id: string): void;
}

/** Creates children for steps of executions, and hears of their ends (see `family.ts`). */
export class Children {
  readonly #port: ChildrenPort;
  /** Definitions that stand in effects, once registered. */
  readonly #registered = new WeakMap<TenantSpace, WeakMap<object, LoadedMachine>>();

  constructor(port: ChildrenPort) {
    this.#port = port;
  }

  /** Creates an instance and says its name once it is on stable storage. */
  async spawn(execution: Execution, request: ChildRequest, path: string): Promise<string> {
    return this.#create(execution, request, path, false);
  }

  /** Runs a child to its end. Its end counts from when it is in the parent's journal, whoever waits for it then. */
  invoke(execution: Execution, request: ChildRequest, path: string, signal: AbortSignal): Promise<StepOutcome> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        execution.ends.delete(path);
        reject(signal.reason);
      };
      if (signal.aborted) {
        leave();
        return;
      }
      execution.ends.set(path, resolve);
      signal.addEventListener('abort', () => {
        if (execution.ends.has(path)) leave();
      });
      this.#create(execution, request, path, true).then(
        (name) => this.#created(execution, path, name),
        (error: unknown) => {
          if (execution.ends.delete(path)) reject(error);
        },
      );
    });
  }

  /** A child's end is decided: the step goes on after the commit. */
  ended(instance: Instance, { invocation, incarnation, path, ...fact }: FamilyFact): void {
    if (fact.kind !== 'child') return;
    for (const execution of instance.executions?.values() ?? []) {
      if (execution.invocation !== invocation || execution.incarnation !== incarnation) continue;
      const end = execution.ends.get(path);
      if (end === undefined) continue;
      execution.ends.delete(path);
      const { step } = fact;
      resumeWith(
        execution,
        () => end(step),
        (action) => this.#port.afterwards(action),
      );
    }
    if (path === '') instance.invoked?.delete(invocation);
  }

  async #create(execution: Execution, request: ChildRequest, path: string, invoked: boolean): Promise<string> {
    const { instance, invocation, incarnation } = execution;
    const { limits } = this.#port;
    execution.performing(1);
    try {
      const depth = (instance.state?.parent?.depth ?? 0) + 1;
      if (depth > limits.spawnDepth) throw tooDeep(limits.spawnDepth);
      const machine = await this.#machine(instance.space, request.machine);
      const known = runOf(instance.state, execution)?.steps?.[path];
      const name = known?.child ?? request.instance ?? nameFor(execution, path, limits.idLength);
      // from here on its parent's journal knows of it (F2)
      if (invoked && known?.child === undefined) await execution.record(path, { child: name });
      if (execution.over || runOf(instance.state, execution) === undefined) throw cancelled(invocation);
      const own = { instance: instance.name, invocation, incarnation, path, depth };
      const parent: ParentLink = invoked ? { ...own, invoked: true } : own;
      await this.#bear(instance.space, machine, name, request, this.#port.now(instance), parent);
      return name;
    } finally {
      execution.performing(-1);
    }
  }

  async #bear(
    space: TenantSpace,
    machine: LoadedMachine,
    name: string,
    { input, whenExists }: ChildRequest,
    at: number,
    parent: ParentLink,
  ): Promise<void> {
    try {
      await this.#port.createChild(space, machine, name, input, at, parent);
    } catch (error) {
      if (!FsmError.is(error) || error.code !== 'INSTANCE_EXISTS') throw error;
      const existing = await this.#port.find(space, name);
      // F1: it was created in an earlier life
      if (isSameParent(existing.state!.parent, parent) || (whenExists === 'keep' && !parent.invoked)) return;
      throw error;
    }
  }

  async #created(execution: Execution, path: string, name: string): Promise<void> {
    const { instance, invocation } = execution;
    const step = runOf(instance.state, execution)?.steps?.[path];
    if (path === '' && !execution.over && step !== undefined && !hasOutcome(step)) {
      instance.invoked ??= new Map();
      instance.invoked.set(invocation, name);
      for (const id of [...(instance.parked ?? [])]) this.#port.unpark(instance, id);
    }
  }

  async #machine(space: TenantSpace, asked: string | JsonObject): Promise<LoadedMachine> {
    if (typeof asked === 'string' && !asked.trimStart().startsWith('<')) return this.#port.machineNamed(space, asked);
    if (typeof asked === 'string') return this.#port.register(space, importScxml(asked).definition);
    const known = this.#registered.get(space) ?? new WeakMap<object, LoadedMachine>();
    this.#registered.set(space, known);
    const registered = known.get(asked);
    if (registered !== undefined) return registered;
    const { $xml } = asked;
    const definition =
      typeof $xml === 'string' ? importScxml($xml).definition : (asked as unknown as MachineDefinition);
    const loaded = await this.#port.register(space, definition);
    known.set(asked, loaded);
    return loaded;
  }
}

/** The same for the same step in every life: `<parent>.<invocation>-<incarnation>.<path>`, or shorter by a fingerprint. */
function nameFor({ instance, invocation, incarnation }: Execution, path: string, longest: number): string {
  const step = `${invocation}-${incarnation}${/^($|[#@])/.test(path) ? path : `.${path}`}`;
  const name = `${instance.name}.${step.replaceAll('#', ':').replaceAll('@', '_')}`;
  if (name.length <= Math.min(longest, 200) && /^[A-Za-z0-9._:-]+$/.test(name)) return name;
  const print = fingerprintOf(name, undefined).toString(36);
  return `${name.replaceAll(/[^A-Za-z0-9._:-]/g, '-').slice(0, Math.min(longest, 120) - print.length - 1)}:${print}`;
}

function tooDeep(limit: number): FsmError {
  return new FsmError('SPAWN_DEPTH', `An instance has at most ${limit} ancestors.`, {
    hint: 'Look for a machine that runs itself, or raise the limit `spawnDepth`.',
    details: { limit },
  });
}

function cancelled(invocation: string): FsmError {
  return new FsmError('EXECUTION_CANCELLED', `The execution of "${invocation}" is over.`);
}
