/** Free ids for new nodes. */

/** An id for a node of an operator that is not taken: `split`, then `split2`, `split3` … */
export function freeId(operator: string, taken: { has(id: string): boolean }): string {
  const last = operator.slice(operator.lastIndexOf(".") + 1).replace(/\W/g, "_");
  return freeVariant(/^[A-Za-z_]/.test(last) ? last : `n${last}`, taken);
}

/** The same id if it is free, else with the next number that is. */
export function freeVariant(id: string, taken: { has(id: string): boolean }): string {
  if (!taken.has(id)) {
    return id;
  }
  const stem = id.replace(/\d+$/, "") || id;
  for (let number = 2; ; number++) {
    if (!taken.has(`${stem}${number}`)) {
      return `${stem}${number}`;
    }
  }
}

/** Whether a text can be the id of a node. */
export function isNodeId(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}
