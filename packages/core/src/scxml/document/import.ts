import type { MachineDefinition } from '../../definition/definition.ts';
import { maxDefinitionBytes } from '../../definition/limits.ts';
import type { Problem } from '../../definition/problem.ts';
import { FsmError } from '../../error.ts';
import { readScriptText } from './import-action.ts';
import { readData, readInitial, readNotes, readStates, readTransitions } from './import-state.ts';
import { defaultId, machineId } from './machine-id.ts';
import { type DocumentOptions, type ImportedScxml, Reader } from './reader.ts';
import { type StateElement, stateElements } from './state-elements.ts';
import { fsmNamespace } from './vocabulary.ts';
import { type Element, readXml, scxmlNamespace } from './xml.ts';

export interface ImportScxmlOptions {
  /** Reads what `src` names; `undefined` when it cannot. Gets addresses relative to `location`. Without it nothing is loaded. */
  readonly load?: (uri: string) => string | undefined;
  /** The id of the machine; the `name` of the document when absent. */
  readonly id?: string;
  /** Where the document is. */
  readonly location?: string;
}

/**
 * Reads an SCXML document: the whole W3C recommendation with the ecmascript (or null) data model. The machine has
 * `"semantics": "scxml"` and behaves as the document does.
 *
 * ```ts
 * const { definition, problems } = importScxml('<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0">…</scxml>');
 * if (problems.every((problem) => problem.severity === 'warning')) compile(definition);
 * ```
 *
 * What is wrong in a document is in `problems`; with errors among them the definition is not what the author meant. An
 * expression that does not compile is a warning only: a running SCXML machine gets `error.execution` for it.
 *
 * @throws FsmError SCXML_INVALID when the text is no SCXML document at all: not XML, another root element, larger than
 * 1 MB, deeper than 64 elements, or with entities of its own
 * @see https://www.w3.org/TR/scxml/
 */
export function importScxml(text: string, options: ImportScxmlOptions = {}): ImportedScxml {
  const { load, id, location } = options;
  const sources = { load, open: location === undefined ? [] : [location], budget: { left: maxDefinitionBytes } };
  return readDocument(text, { sources, id, location });
}

/** A document that stands in a text of its own. */
function readDocument(text: string, options: DocumentOptions): ImportedScxml {
  return importElement(readXml(text), options);
}

/** A document from its root element, which may stand in the `<content>` of another. */
function importElement(root: Element, { sources, id, location }: DocumentOptions): ImportedScxml {
  if (root.name !== 'scxml' || (root.namespace !== scxmlNamespace && root.namespace !== '')) {
    throw new FsmError('SCXML_INVALID', `The root element is <${root.name}>, not <scxml>.`, {
      hint: `Write <scxml xmlns="${scxmlNamespace}" version="1.0">.`,
      details: { line: root.line, column: root.column },
    });
  }
  const problems: Problem[] = [];
  const dataModel = root.attributes.get('datamodel')?.trim() ?? 'ecmascript';
  const reader = new Reader({
    problems,
    sources,
    location,
    dataless: dataModel === 'null',
    readDocument,
    importElement,
  });
  if (dataModel !== 'ecmascript' && dataModel !== 'null') {
    const hint = 'Rewrite its expressions in ECMAScript, and write datamodel="ecmascript".';
    reader.error('DATA_MODEL', root, `The data model \`${dataModel}\` is not known.`, hint);
  }
  const ids = new Map<string, StateElement>();
  const { states, content } = stateElements(reader, root, '$', ids);
  if (!states.some((state) => state.element.name !== 'history')) {
    reader.error('NO_STATES', root, 'The document has no states.', 'Add a <state>.');
  }
  const machine: StateElement = { element: root, id: undefined, key: '', path: '$', states, content };
  checkVersion(reader, root);
  for (const transition of content.filter((element) => element.name === 'transition')) {
    const message = 'A <transition> of the whole document is no standard SCXML.';
    reader.warning('MISPLACED_ELEMENT', transition, message, 'Put a <state> around all states.');
  }
  const definition: MachineDefinition = {
    ...namesOf(root, id, ids),
    semantics: 'scxml',
    ...readNotes(reader, root),
    ...(readBinding(reader, root) && { binding: 'late' }),
    ...readData(reader, content),
    ...readScripts(reader, content),
    ...readInitial(reader, ids, machine),
    ...readTransitions(reader, ids, machine),
    ...readStates(reader, ids, machine),
  };
  return { definition, problems: byPlace(problems) };
}

/** The machine's id, and the `name` of the document where that is another. */
function namesOf(root: Element, given: string | undefined, ids: ReadonlyMap<string, unknown>) {
  const name = root.attributes.get('name');
  const own = root.foreign.find((attribute) => attribute.namespace === fsmNamespace && attribute.name === 'id')?.value;
  const id = machineId(given ?? own ?? name ?? defaultId, ids);
  return { id, ...(name !== undefined && name !== id && { name }) };
}

function checkVersion(reader: Reader, root: Element): void {
  const version = root.attributes.get('version');
  if (version === undefined || version.trim() === '1.0') return;
  reader.warning('INVALID_ATTRIBUTE', root, `The version is \`${version}\`.`, 'There is version="1.0" only.');
}

function readBinding(reader: Reader, root: Element): boolean {
  const binding = root.attributes.get('binding')?.trim() ?? 'early';
  if (binding !== 'early' && binding !== 'late') {
    reader.error('INVALID_ATTRIBUTE', root, `\`${binding}\` is no binding.`, 'Write "early" or "late".');
  }
  return binding === 'late';
}

function readScripts(reader: Reader, content: readonly Element[]): { script?: readonly string[] } {
  const scripts = content
    .filter((element) => element.name === 'script')
    .map((element) => readScriptText(reader, element))
    .filter((script) => script !== undefined && script !== '');
  return scripts.length === 0 ? {} : { script: scripts as string[] };
}

/** In the order of the document. Problems of a loaded document have no line here and come last. */
function byPlace(problems: readonly Problem[]): readonly Problem[] {
  const [here, elsewhere] = [
    problems.filter(({ line }) => line !== undefined),
    problems.filter(({ line }) => line === undefined),
  ];
  return [...here.sort((a, b) => a.line! - b.line! || a.column! - b.column!), ...elsewhere];
}
