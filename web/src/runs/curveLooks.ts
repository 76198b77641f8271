/** How curves look: eight colours that everybody can tell apart, then dashes, from the tokens of the theme. */

const NUM_COLOURS = 8;
const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

/** CSS colour of a curve, by its place. */
export const curveColour = (place: number): string =>
  `var(--nl-curve-${(place % NUM_COLOURS) + 1})`;

/** Lengths of dashes and gaps of a curve, by its place; empty for a solid line. */
export const curveDash = (place: number): readonly number[] =>
  DASHES[Math.floor(place / NUM_COLOURS) % DASHES.length] ?? [];

/** Colours of the page as a canvas needs them. */
export function canvasColours(element: Element) {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--nl-${name}`).trim();
  return {
    curve: (place: number) => token(`curve-${(place % NUM_COLOURS) + 1}`),
    text: token("text-2"),
    line: token("line"),
    font: `11px ${style.fontFamily || "sans-serif"}`,
  };
}
