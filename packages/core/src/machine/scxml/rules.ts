import type { EffectDefinition, MachineDefinition } from '../../definition/definition.ts';
import { compileDataTemplate, compileLocation } from '../../ecmascript/data-model.ts';
import type { Json, JsonObject } from '../../json.ts';
import { enterState, exitState } from '../operations.ts';
import type { Outcome, Rules } from '../rules.ts';
import { type Selection, selectionInDocumentOrder } from '../selection.ts';
import type { Snapshot } from '../snapshot.ts';
import { byDocumentOrder, type InvocationEntry, type Operation, type StateNode } from '../state-node.ts';
import type { Step } from '../step.ts';
import { compoundDomain } from '../transition-domain.ts';
import { StepScope } from './data-scope.ts';
import { deferred } from './deferred.ts';
import { badMessage, raiseExecutionError } from './error-event.ts';
import type { ScxmlLanguage } from './language.ts';
import { compileText } from './text.ts';
import { TokenClasses } from './token-classes.ts';

interface ScxmlInvocation {
  readonly entry: InvocationEntry;
  readonly autoForward: boolean;
  readonly finalize: readonly Operation[];
  /** Evaluates the arguments and starts it. */
  start(step: Step): void;
}

/**
 * The recommendation's rules.
 *
 * @see https://www.w3.org/TR/scxml/#AlgorithmforSCXMLInterpretation
 */
export class ScxmlRules implements Rules {
  readonly domainOf = compoundDomain;
  private readonly definition: MachineDefinition;
  private readonly nodes: readonly StateNode[];
  private readonly language: ScxmlLanguage;
  private readonly scripts: readonly Operation[];
  private readonly invocations: ReadonlyMap<string, readonly ScxmlInvocation[]>;

  constructor(definition: MachineDefinition, nodes: readonly StateNode[], language: ScxmlLanguage) {
    this.definition = definition;
    this.nodes = nodes;
    this.language = language;
    this.scripts = (definition.script ?? []).flatMap((script, index) =>
      language.actions({ script }, `$.script[${index}]`),
    );
    this.invocations = new Map(
      nodes.map((node) => [node.path, node.invocations.map((entry) => this.compileInvocation(node, entry))]),
    );
  }

  classes(descriptors: Iterable<string>): TokenClasses {
    return new TokenClasses(descriptors);
  }

  select(_root: StateNode, active: ReadonlySet<StateNode>, descriptors: readonly string[]): Selection | undefined {
    return selectionInDocumentOrder([...active].sort(byDocumentOrder), descriptors);
  }

  /** Only data of the root can be given from outside. */
  context(_own: JsonObject | undefined, input: JsonObject | undefined): JsonObject {
    const data = this.definition.data ?? {};
    return Object.fromEntries(Object.entries(input ?? {}).filter(([name]) => Object.hasOwn(data, name)));
  }

  begin(step: Step): void {
    step.active = new Set();
    const late = this.definition.binding === 'late';
    for (const node of late ? this.nodes.slice(0, 1) : this.nodes) initialise(node, step);
    for (const script of this.scripts) script.run(step);
  }

  enter(state: StateNode, byDefault: boolean, history: StateNode | undefined): readonly Operation[] {
    const late = this.definition.binding === 'late' && state.data.length > 0;
    const [own, initial] = [enterState(withoutInvocations(state), false), state.initial?.actions ?? []];
    return [
      { path: '$', run: (step) => void activeStates(step).add(state) },
      ...(late ? [{ path: '$', run: (step: Step) => initialise(state, step) }] : []),
      ...own,
      ...(state.invocations.length === 0
        ? []
        : [{ path: '$', run: (step: Step) => void step.more.toInvoke.add(state) }]),
      ...(byDefault ? initial : []),
      ...(history?.defaultActions ?? []),
    ];
  }

  exit(state: StateNode): readonly Operation[] {
    const release = (step: Step) => {
      step.more.toInvoke.delete(state);
      step.more.releaseState(state.path);
    };
    return [
      ...exitState(withoutInvocations(state)),
      ...(state.invocations.length === 0 ? [] : [{ path: '$', run: release }]),
      { path: '$', run: (step) => void activeStates(step).delete(state) },
    ];
  }

  attends(snapshot: Snapshot): boolean {
    return snapshot.invocations !== undefined;
  }

  receive(step: Step): void {
    const { event } = step;
    if (event.delivery?.kind === 'internal') return;
    for (const [id, { state, index }] of step.more.running()) {
      const invocation = this.invocations.get(state)?.[index];
      if (id === event.delivery?.invokeid) for (const operation of invocation?.finalize ?? []) operation.run(step);
      if (invocation?.autoForward) step.more.post({ type: 'send', to: `#_${id}`, event });
    }
  }

  /** A macrostep ends by starting what the states that were entered and not left again invoke. */
  rest(step: Step): boolean {
    const states = [...step.more.toInvoke].sort(byDocumentOrder);
    step.more.toInvoke.clear();
    for (const state of states) for (const { start } of this.invocations.get(state.path) ?? []) start(step);
    return step.more.queue.length > 0;
  }

  outcome(invocation: string, outcome: Outcome) {
    const delivery = { kind: 'external', invokeid: invocation } as const;
    if ('error' in outcome) {
      return { event: { type: 'error.communication', error: outcome.error, delivery }, fatal: false };
    }
    const { output } = outcome;
    const type = `done.invoke.${invocation}`;
    // no output at all is told apart from `null` by those who look at `_event.data`
    return { event: output === null ? { type, delivery } : { type, output, delivery }, fatal: false };
  }

  private compileInvocation(node: StateNode, entry: InvocationEntry): ScxmlInvocation {
    const { definition, effect, index, path } = entry;
    const evaluate = compileEffect(effect, `${path}.effect`);
    const { idLocation, autoForward = false, finalize } = definition ?? {};
    const place =
      idLocation === undefined
        ? undefined
        : deferred(() => compileLocation(idLocation, { path: `${path}.idLocation` }), { assign: true });
    const start = (step: Step) => {
      const scope = new StepScope(this.language.facts, step);
      try {
        const evaluated = evaluate(scope);
        const id = definition?.id ?? `${node.id}.${step.more.counter + 1}`;
        if (place !== undefined) step.context = place.assign(scope, id);
        step.more.invoke(id, node.path, index, { effect: evaluated });
      } catch (cause) {
        raiseExecutionError(step, cause, 'invoke');
      }
    };
    return { entry, autoForward, finalize: this.language.actions(finalize, `${path}.finalize`), start };
  }
}

const invokedTypes: ReadonlySet<string> = new Set([
  '',
  'scxml',
  'http://www.w3.org/TR/scxml',
  'http://www.w3.org/TR/scxml/',
]);

/** The machine to run is taken as it is written unless it is a template; everything else is evaluated. */
function compileEffect(effect: EffectDefinition, path: string): (scope: StepScope) => EffectDefinition {
  const { machine, processor, ...rest } = effect as EffectDefinition & {
    readonly machine?: Json;
    readonly processor?: string;
  };
  const literal = typeof machine === 'object';
  const others = deferred(() => compileDataTemplate((literal ? rest : { ...rest, machine }) as Json, { path }), {
    evaluate: true,
  });
  const type = compileText(processor ?? '', `${path}.processor`);
  return (scope) => {
    const named = type(scope);
    if (effect.type === 'invoke_fsm' && !invokedTypes.has(named)) {
      throw badMessage('PROCESSOR_UNKNOWN', `Nothing of the type \`${named}\` can be invoked.`, 'Invoke SCXML.');
    }
    const evaluated = others.evaluate(scope) as JsonObject;
    return (literal ? { ...evaluated, machine } : evaluated) as unknown as EffectDefinition;
  };
}

/** Gives data their values, but for those that have one: given from outside, or from an earlier visit. */
function initialise(node: StateNode, step: Step): void {
  const names = Object.keys(node.definition.data ?? {});
  for (const [index, operation] of node.data.entries()) {
    if (!Object.hasOwn(step.context, names[index]!)) operation.run(step);
  }
}

function activeStates(step: Step): Set<StateNode> {
  step.active ??= new Set(step.configuration.states);
  return step.active;
}

function withoutInvocations(state: StateNode): StateNode {
  return state.invocations.length === 0 ? state : { ...state, invocations: [] };
}
