/**
 * How wide a text will be, without a browser to ask: the advance widths of Arial, which the faces that systems show
 * their own texts in come close to, with some room for those that are wider.
 */

export type Face = 'text' | 'bold' | 'code';

/** Thousandths of an em for the characters from space to `~`. */
const widths = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
];

const room: Readonly<Record<Face, number>> = { text: 1.06, bold: 1.13, code: 1.02 };

/** Scripts whose characters are as wide as they are high, and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const combining = /\p{Mark}|\u200d|\ufe0f/u;

/** The width of a line of text in the units of `size`. */
export function textWidth(text: string, size: number, face: Face): number {
  let thousandths = 0;
  for (const character of text) thousandths += characterWidth(character, face);
  return (thousandths * size * room[face]) / 1000;
}

function characterWidth(character: string, face: Face): number {
  if (combining.test(character)) return 0;
  if (wide.test(character)) return 1000;
  if (face === 'code') return 602;
  return widths[character.codePointAt(0)! - 32] ?? 700;
}

/** The text, or as much of it as fits with `…` behind it. */
export function cutText(text: string, width: number, size: number, face: Face): string {
  if (textWidth(text, size, face) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (textWidth(`${kept}${character}…`, size, face) > width) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
