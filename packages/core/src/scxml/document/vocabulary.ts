/** What the recommendation allows in an element. */
export interface ElementRules {
  readonly attributes: readonly string[];
  readonly children: readonly string[];
  /** Whether anything may stand in it: text, or elements of any namespace. */
  readonly open?: true;
}

const executable = ['raise', 'if', 'foreach', 'log', 'assign', 'script', 'send', 'cancel'];
const states = ['state', 'parallel', 'final', 'history'];

/**
 * Every element of SCXML.
 *
 * @see https://www.w3.org/TR/scxml/#schemas
 */
export const vocabulary: ReadonlyMap<string, ElementRules> = new Map<string, ElementRules>([
  [
    'scxml',
    {
      attributes: ['initial', 'name', 'version', 'datamodel', 'binding'],
      children: ['state', 'parallel', 'final', 'datamodel', 'script', 'transition'],
    },
  ],
  [
    'state',
    {
      attributes: ['id', 'initial'],
      children: ['onentry', 'onexit', 'transition', 'initial', 'datamodel', 'invoke', ...states],
    },
  ],
  [
    'parallel',
    {
      attributes: ['id'],
      children: ['onentry', 'onexit', 'transition', 'datamodel', 'invoke', 'state', 'parallel', 'history'],
    },
  ],
  ['final', { attributes: ['id'], children: ['onentry', 'onexit', 'donedata'] }],
  ['history', { attributes: ['id', 'type'], children: ['transition'] }],
  ['initial', { attributes: [], children: ['transition'] }],
  ['transition', { attributes: ['event', 'cond', 'target', 'type'], children: executable }],
  ['onentry', { attributes: [], children: executable }],
  ['onexit', { attributes: [], children: executable }],
  ['raise', { attributes: ['event'], children: [] }],
  ['if', { attributes: ['cond'], children: ['elseif', 'else', ...executable] }],
  ['elseif', { attributes: ['cond'], children: [] }],
  ['else', { attributes: [], children: [] }],
  ['foreach', { attributes: ['array', 'item', 'index'], children: executable }],
  ['log', { attributes: ['label', 'expr'], children: [] }],
  ['assign', { attributes: ['location', 'expr'], children: [], open: true }],
  ['script', { attributes: ['src'], children: [], open: true }],
  [
    'send',
    {
      attributes: [
        'event',
        'eventexpr',
        'target',
        'targetexpr',
        'type',
        'typeexpr',
        'id',
        'idlocation',
        'delay',
        'delayexpr',
        'namelist',
      ],
      children: ['param', 'content'],
    },
  ],
  ['cancel', { attributes: ['sendid', 'sendidexpr'], children: [] }],
  ['datamodel', { attributes: [], children: ['data'] }],
  ['data', { attributes: ['id', 'src', 'expr'], children: [], open: true }],
  ['donedata', { attributes: [], children: ['content', 'param'] }],
  ['content', { attributes: ['expr'], children: [], open: true }],
  ['param', { attributes: ['name', 'expr', 'location'], children: [] }],
  [
    'invoke',
    {
      attributes: ['type', 'typeexpr', 'src', 'srcexpr', 'id', 'idlocation', 'namelist', 'autoforward'],
      children: ['param', 'finalize', 'content'],
    },
  ],
  ['finalize', { attributes: [], children: executable }],
]);

/** Attributes of ours that keep what SCXML has no place for. */
export const fsmNamespace = 'https://fsm.dev/scxml';

/** The type of an `<invoke>` whose content is an effect, as JSON. */
export const effectProcessor = 'https://fsm.dev/effect';

/** The types of an `<invoke>` that runs another SCXML document. */
export function isScxmlProcessor(type: string): boolean {
  return /^(?:scxml|https?:\/\/www\.w3\.org\/TR\/scxml\/?)$/.test(type);
}
