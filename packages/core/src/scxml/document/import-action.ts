import type { ActionDefinition, ActionList } from '../../definition/definition.ts';
import { formatDuration, parseDuration } from '../../definition/duration.ts';
import { readPayload, readValue } from './import-value.ts';
import type { Reader } from './reader.ts';
import { expressionTemplate, literalText, plainExpression } from './template.ts';
import type { Element } from './xml.ts';

/** The executable content of an element: `<onentry>`, `<transition>`, `<finalize>` … */
export function readActions(reader: Reader, element: Element): ActionDefinition[] {
  return readEach(reader, reader.children(element));
}

/** All `<onentry>`, or `<onexit>`, of a state. Several are blocks: an error in one does not keep the next from running. */
export function readBlocks(reader: Reader, elements: readonly Element[]): ActionList | undefined {
  const blocks = elements.map((element) => readActions(reader, element)).filter((actions) => actions.length > 0);
  return blocks.length > 1 ? blocks.map((block) => ({ block })) : blocks[0];
}

function readEach(reader: Reader, elements: readonly Element[]): ActionDefinition[] {
  return elements.map((element) => readAction(reader, element)).filter((action) => action !== undefined);
}

type ReadAction = (reader: Reader, element: Element) => ActionDefinition | undefined;

const readers: Readonly<Record<string, ReadAction>> = {
  raise: readRaise,
  if: readIf,
  foreach: readForeach,
  log: readLog,
  assign: readAssign,
  script: readScript,
  send: readSend,
  cancel: readCancel,
};

function readAction(reader: Reader, element: Element): ActionDefinition | undefined {
  return readers[element.name]?.(reader, element);
}

function readRaise(reader: Reader, element: Element): ActionDefinition | undefined {
  reader.children(element);
  const event = reader.required(element, 'event');
  return event === undefined ? undefined : { raise: event };
}

type Branch = Extract<ActionDefinition, { readonly if: unknown }>['if'][number];

function readIf(reader: Reader, element: Element): ActionDefinition {
  const branches: { head: Element; content: Element[] }[] = [{ head: element, content: [] }];
  for (const child of reader.children(element)) {
    if (child.name !== 'elseif' && child.name !== 'else') {
      branches.at(-1)!.content.push(child);
      continue;
    }
    reader.children(child);
    if (branches.at(-1)!.head.name === 'else') {
      reader.error('MISPLACED_ELEMENT', child, `<${child.name}> stands after <else>.`, 'Let <else> be the last.');
    }
    branches.push({ head: child, content: [] });
  }
  return {
    if: branches.map(({ head, content }): Branch => {
      const guard = head.name === 'else' ? undefined : (readCondition(reader, head) ?? 'false');
      const actions = readEach(reader, content);
      return { ...(guard !== undefined && { guard }), ...(actions.length > 0 && { actions }) };
    }),
  };
}

/** The required `cond` of a branch. */
function readCondition(reader: Reader, element: Element): string | undefined {
  const text = reader.required(element, 'cond');
  return text === undefined ? undefined : readGuard(reader, element, text);
}

/** An expression that decides; the null data model has `In(state)` only. */
export function readGuard(reader: Reader, element: Element, text: string): string {
  const state = /^\s*In\(\s*(['"]?)([^'"()\s]+)\1\s*\)\s*$/.exec(text)?.[2];
  if (reader.options.dataless && state !== undefined) return `In('${state}')`;
  reader.checkExpression(element, text);
  return plainExpression(text);
}

function readForeach(reader: Reader, element: Element): ActionDefinition | undefined {
  reader.needsData(element, '<foreach>');
  const content = reader.children(element);
  const list = reader.required(element, 'array');
  const item = reader.required(element, 'item');
  const index = element.attributes.get('index')?.trim();
  const actions = readEach(reader, content);
  if (list === undefined || item === undefined) return undefined;
  reader.checkExpression(element, list);
  return { foreach: plainExpression(list), item, ...(index && { index }), ...(actions.length > 0 && { actions }) };
}

function readLog(reader: Reader, element: Element): ActionDefinition {
  reader.children(element);
  const expression = element.attributes.get('expr');
  const label = element.attributes.get('label');
  return {
    log: expression === undefined ? '' : readMessage(reader, element, expression),
    ...(label !== undefined && { label }),
  };
}

/** The null data model has no values, but what its machines log may be a text. */
function readMessage(reader: Reader, element: Element, expression: string): string {
  return reader.options.dataless && /^\s*(['"])[^'"\\]*\1\s*$/.test(expression)
    ? expressionTemplate(expression)
    : reader.expression(element, expression);
}

function readAssign(reader: Reader, element: Element): ActionDefinition | undefined {
  reader.needsData(element, '<assign>');
  reader.children(element);
  const location = reader.required(element, 'location');
  const value = readValue(reader, element, '');
  if (location === undefined || !reader.isKey(element, location)) return undefined;
  return { assign: { [location]: value } };
}

function readScript(reader: Reader, element: Element): ActionDefinition | undefined {
  const script = readScriptText(reader, element);
  return script === undefined || script === '' ? undefined : { script };
}

/** The text of a `<script>`, which may stand in a file. */
export function readScriptText(reader: Reader, element: Element): string | undefined {
  reader.children(element);
  const source = element.attributes.get('src')?.trim();
  if (source !== undefined && element.text.trim() !== '') reader.exclusive(element, ['`src`', 'content']);
  const text = source === undefined ? element.text : reader.loaded(source)?.text;
  if (text === undefined) {
    const hint =
      'Scripts are read when the document is imported: put the file beside it, or the text into the element.';
    reader.error('SOURCE_MISSING', element, `The script \`${source}\` could not be read.`, hint);
    return undefined;
  }
  const script = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .trim();
  reader.checkScript(element, script);
  return script;
}

function readSend(reader: Reader, element: Element): ActionDefinition {
  const data = readPayload(reader, element, reader.children(element));
  const type = reader.textOrExpression(element, 'event') ?? '';
  if (type === '' && data === undefined) {
    reader.error('MISSING_ATTRIBUTE', element, '<send> has neither `event` nor <content>.', 'Add event="…".');
  }
  const to = reader.textOrExpression(element, 'target');
  const processor = reader.textOrExpression(element, 'type');
  const id = element.attributes.get('id')?.trim();
  const idLocation = element.attributes.get('idlocation')?.trim();
  reader.exclusive(element, [
    ...(id === undefined ? [] : ['`id`']),
    ...(idLocation === undefined ? [] : ['`idlocation`']),
  ]);
  const delay = readDelay(reader, element);
  if (delay !== undefined && to === '#_internal') {
    const hint = 'Events for the machine itself come at once: leave the target out.';
    reader.error('CONFLICTING_ATTRIBUTES', element, 'A delayed event cannot be sent to `#_internal`.', hint);
  }
  return {
    send: data === undefined ? type : { type, data },
    ...(to !== undefined && { to }),
    ...(processor !== undefined && { processor }),
    ...(id !== undefined && { id: literalText(id) }),
    ...(idLocation !== undefined && { idLocation }),
    ...(delay !== undefined && { delay }),
  };
}

const cssTime = /^\+?(?:\d+|\d*\.\d+)m?s$/;

/** A CSS2 time as a duration, or an expression that gives one. */
function readDelay(reader: Reader, element: Element): string | undefined {
  const text = element.attributes.get('delay')?.trim();
  const expression = element.attributes.get('delayexpr')?.trim();
  if (text !== undefined && expression !== undefined) reader.exclusive(element, ['`delay`', '`delayexpr`']);
  if (text !== undefined) {
    const milliseconds = cssTime.test(text) ? parseDuration(text.replace(/^\+?/, '').replace(/^\./, '0.')) : undefined;
    if (milliseconds !== undefined) return formatDuration(milliseconds);
    const hint = 'Write seconds or milliseconds: `1.5s`, `500ms`.';
    reader.error('INVALID_TIME', element, `\`${text}\` is not a time.`, hint);
    return undefined;
  }
  if (expression === undefined) return undefined;
  reader.checkExpression(element, expression);
  // a number alone means milliseconds either way
  const milliseconds = parseDuration(expression);
  return milliseconds === undefined ? expression : formatDuration(milliseconds);
}

function readCancel(reader: Reader, element: Element): ActionDefinition | undefined {
  reader.children(element);
  const id = reader.textOrExpression(element, 'sendid');
  if (id !== undefined && id !== '') return { cancel: id };
  reader.error('MISSING_ATTRIBUTE', element, '<cancel> has neither `sendid` nor `sendidexpr`.', 'Add sendid="…".');
  return undefined;
}
