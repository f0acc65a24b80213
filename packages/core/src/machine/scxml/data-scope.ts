import type { MachineDefinition } from '../../definition/definition.ts';
import type { DataScope } from '../../ecmascript/data-model.ts';
import type { JsonObject } from '../../json.ts';
import type { StateNode } from '../state-node.ts';
import type { Step } from '../step.ts';

/** The addresses of SCXML's own event I/O processor. */
export const scxmlProcessor = 'http://www.w3.org/TR/scxml/#SCXMLEventProcessor';

/** What all expressions of one machine know. */
export interface MachineFacts {
  readonly name: string;
  /** Names of data, also of those that have no value yet. */
  readonly declared: Set<string>;
  readonly byId: ReadonlyMap<string, StateNode>;
}

export function machineFacts(definition: MachineDefinition, nodes: readonly StateNode[]): MachineFacts {
  return {
    name: definition.name ?? definition.id,
    declared: new Set(nodes.flatMap((node) => Object.keys(node.definition.data ?? {}))),
    byId: new Map(nodes.map((node) => [node.id, node])),
  };
}

/** What an expression sees at one point of a step. */
export class StepScope implements DataScope {
  private readonly facts: MachineFacts;
  private readonly step: Step;

  constructor(facts: MachineFacts, step: Step) {
    this.facts = facts;
    this.step = step;
  }

  get data(): JsonObject {
    return this.step.context;
  }

  get declared(): ReadonlySet<string> {
    return this.facts.declared;
  }

  get system(): Readonly<Record<string, unknown>> {
    const { step, facts } = this;
    return {
      _event: systemEvent(step),
      _sessionid: sessionOf(facts, step),
      _name: facts.name,
      _ioprocessors: processorsOf(facts, step),
      _x: {},
    };
  }

  isActive(stateId: string): boolean {
    const state = this.facts.byId.get(stateId);
    if (state === undefined) return false;
    return this.step.active?.has(state) ?? this.step.configuration.states.includes(state);
  }
}

export function sessionOf(facts: MachineFacts, step: Step): string {
  return step.instance ?? facts.name;
}

export function locationOf(session: string): string {
  return `#_scxml_${session}`;
}

function processorsOf(facts: MachineFacts, step: Step): JsonObject {
  const own = { location: locationOf(sessionOf(facts, step)) };
  return { scxml: own, [scxmlProcessor]: own, ...step.moment.processors };
}

/**
 * `_event`. Nothing before the first event, and all its fields are there even when they have no value.
 *
 * @see https://www.w3.org/TR/scxml/#InternalStructureofEvents
 */
function systemEvent({ event }: Step): Readonly<Record<string, unknown>> | undefined {
  const { type, data, output, error, delivery } = event;
  if (type === 'fsm.init') return undefined;
  return {
    name: type,
    type: delivery?.kind ?? (/^(?:done|error)\./.test(type) ? 'platform' : 'external'),
    sendid: delivery?.sendid,
    origin: delivery?.origin,
    origintype: delivery?.origintype,
    invokeid: delivery?.invokeid,
    data: data ?? output ?? error,
    ...(delivery?.raw === undefined ? undefined : { raw: delivery.raw }),
  };
}
