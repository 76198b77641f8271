/** Colours of groups of operators: those of what they work on. */
const COLOURS: Readonly<Record<string, string>> = {
  data: "var(--nl-port-data)",
  image: "var(--nl-port-image)",
  tables: "var(--nl-port-metric)",
  models: "var(--nl-port-model)",
  training: "var(--nl-accent)",
  stages: "var(--nl-port-label)",
  evaluation: "var(--nl-port-metric)",
  deployment: "var(--nl-port-label)",
};

export function groupColour(group: string): string {
  return COLOURS[group] ?? "var(--nl-port-value)";
}
