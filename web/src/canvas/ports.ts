/** How ports look: the family of their type gives a shape and a colour, so that neither is needed alone. */

export type PortMark = "circle" | "square" | "diamond" | "triangle" | "hexagon" | "bar";

export interface PortLook {
  mark: PortMark;
  /** A CSS colour: one of the tokens. */
  colour: string;
}

const LOOKS: readonly [RegExp, PortLook][] = [
  [/model|network/i, { mark: "square", colour: "var(--nl-port-model)" }],
  [/dataset|samples/i, { mark: "circle", colour: "var(--nl-port-data)" }],
  [/^table$/i, { mark: "circle", colour: "var(--nl-port-metric)" }],
  [/feature/i, { mark: "hexagon", colour: "var(--nl-port-metric)" }],
  [/label|annotation/i, { mark: "triangle", colour: "var(--nl-port-label)" }],
  [/image|mask|box/i, { mark: "hexagon", colour: "var(--nl-port-image)" }],
  [/^dict|metric|report|table/i, { mark: "diamond", colour: "var(--nl-port-metric)" }],
];

const OTHER: PortLook = { mark: "bar", colour: "var(--nl-port-value)" };

/** The look of a port of this type (`Dataset[ImageClassification]`); what is in brackets does not count. */
export function portLook(type: string): PortLook {
  const [family = type] = type.split("[");
  return LOOKS.find(([pattern]) => pattern.test(family))?.[1] ?? OTHER;
}

/** Outlines in a square of 12 × 12. */
export const MARK_PATHS: Record<PortMark, string> = {
  circle: "M1 6a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z",
  square: "M1.5 1.5h9v9h-9Z",
  diamond: "M6 0.5L11.5 6L6 11.5L0.5 6Z",
  triangle: "M1.5 1L11 6L1.5 11Z",
  hexagon: "M3.2 1.2h5.6L11.5 6L8.8 10.8h-5.6L0.5 6Z",
  bar: "M3 1h6v10h-6Z",
};
