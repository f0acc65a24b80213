import type {
  ActionDefinition,
  EffectDefinition,
  InvokeDefinition,
  MachineDefinition,
} from '../../definition/definition.ts';
import { isPlainObject } from '../../definition/plain.ts';
import { FsmError } from '../../error.ts';
import type { Json } from '../../json.ts';
import { readActions } from './import-action.ts';
import { namesOf, parseJson, readContent, readParams } from './import-value.ts';
import type { Reader } from './reader.ts';
import { expressionTemplate } from './template.ts';
import { effectProcessor, isScxmlProcessor } from './vocabulary.ts';
import type { Element } from './xml.ts';

/** An `<invoke>`: another SCXML document, or any other service, that runs while the state is active. */
export function readInvoke(reader: Reader, element: Element): InvokeDefinition {
  const children = reader.children(element);
  const id = element.attributes.get('id')?.trim();
  const idLocation = element.attributes.get('idlocation')?.trim();
  reader.exclusive(element, [
    ...(id === undefined ? [] : ['`id`']),
    ...(idLocation === undefined ? [] : ['`idlocation`']),
  ]);
  const autoForward = readFlag(reader, element, 'autoforward');
  const finalize = readFinalize(reader, element, children);
  return {
    ...(id && { id }),
    ...(idLocation && { idLocation }),
    ...(autoForward && { autoForward }),
    ...(finalize.length > 0 && { finalize }),
    effect: readEffect(reader, element, children),
  };
}

function readFlag(reader: Reader, element: Element, name: string): boolean {
  const text = element.attributes.get(name)?.trim() ?? 'false';
  if (text !== 'true' && text !== 'false') {
    reader.error('INVALID_ATTRIBUTE', element, `\`${name}\` is \`${text}\`.`, 'Write "true" or "false".');
  }
  return text === 'true';
}

function readEffect(reader: Reader, element: Element, children: readonly Element[]): EffectDefinition {
  const [content] = children.filter((child) => child.name === 'content');
  const processor = reader.textOrExpression(element, 'type');
  if (processor === effectProcessor) {
    const effect = content === undefined ? undefined : parseJson(content.text);
    if (isPlainObject(effect) && typeof effect.type === 'string') return effect as EffectDefinition;
    const hint = 'Write the effect as JSON: { "type": "call", … }.';
    reader.error('INVALID_ATTRIBUTE', element, 'The content of the <invoke> is no effect.', hint);
  }
  const params = children.filter((child) => child.name === 'param');
  const input = readParams(reader, element, params);
  const given = ['src', 'srcexpr'].filter((name) => element.attributes.has(name)).map((name) => `\`${name}\``);
  reader.exclusive(element, content === undefined ? given : [...given, '<content>']);
  return {
    type: 'invoke_fsm',
    ...(processor !== undefined && { processor }),
    ...(content === undefined ? readSource(reader, element) : { machine: readMachine(reader, content) }),
    ...(input !== undefined && { input }),
  };
}

/** The document that `src` names becomes part of this one where it can be read; otherwise its address stays. */
function readSource(reader: Reader, element: Element): { machine?: Json; src?: string } {
  const src = reader.textOrExpression(element, 'src');
  const address = element.attributes.get('src')?.trim();
  if (src === undefined || address === undefined) return src === undefined ? {} : { src };
  const type = element.attributes.get('type')?.trim();
  if (type !== undefined && !isScxmlProcessor(type)) return { src };
  const file = reader.loaded(address);
  if (file === undefined) {
    const message = `The document \`${address}\` could not be read.`;
    reader.warning('SOURCE_MISSING', element, message, 'Its address is kept: whoever runs the machine must know it.');
    return { src };
  }
  const { sources, problems } = reader.options;
  if (sources.open.includes(file.location)) {
    const message = `The document \`${address}\` invokes itself.`;
    reader.warning('SOURCE_MISSING', element, message, 'Its address is kept: whoever runs the machine must know it.');
    return { src };
  }
  try {
    const nested = reader.options.readDocument(file.text, {
      sources: { ...sources, open: [...sources.open, file.location] },
      location: file.location,
    });
    for (const { line, column, ...problem } of nested.problems) {
      problems.push({ ...problem, message: `${file.location}:${line ?? 1}:${column ?? 1}: ${problem.message}` });
    }
    return { machine: asJson(nested.definition) };
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    reader.error('SOURCE_MISSING', element, `The document \`${address}\` is no machine: ${error.message}`, error.hint);
    return { src };
  }
}

/** What `<content>` holds: a document, an expression that gives one, or whatever another processor understands. */
function readMachine(reader: Reader, content: Element): Json {
  const document = content.children.find((child) => child.name === 'scxml');
  if (document === undefined || content.attributes.has('expr')) return readContent(reader, content);
  const { sources, location } = reader.options;
  const { definition, problems } = reader.options.importElement(document, { sources, location });
  reader.options.problems.push(...problems);
  return asJson(definition);
}

/** An imported definition has no functions in it. */
function asJson(definition: MachineDefinition): Json {
  return definition as unknown as Json;
}

/**
 * An empty `<finalize>` has a meaning: what comes back under the name of a parameter goes where the parameter came from.
 *
 * @see https://www.w3.org/TR/scxml/#finalize
 */
function readFinalize(reader: Reader, invoke: Element, children: readonly Element[]): ActionDefinition[] {
  const [finalize] = children.filter((child) => child.name === 'finalize');
  if (finalize === undefined) return [];
  const actions = readActions(reader, finalize);
  if (actions.length > 0) return actions;
  const locations = new Map(namesOf(invoke).map((name) => [name, name]));
  for (const { name, attributes } of children) {
    const [key, location] = [attributes.get('name')?.trim(), attributes.get('location')?.trim()];
    if (name === 'param' && key !== undefined && location !== undefined) locations.set(key, location);
  }
  return [...locations].map(([name, location]): ActionDefinition => {
    const value = /^[A-Za-z_$][\w$]*$/.test(name) ? `_event.data.${name}` : `_event.data[${JSON.stringify(name)}]`;
    const guard = `_event.data != null && ${value} !== undefined`;
    return { if: [{ guard, actions: [{ assign: { [location]: expressionTemplate(value) } }] }] };
  });
}
