/** Which metrics belong into one picture: those that differ only in the part of the data. */

const PART = /^(train|valid|test)\//;

export interface CurveGroup<T> {
  title: string;
  curves: T[];
}

/** `loss` and `valid/loss` together, in the order of the metrics. */
export function curveGroups<T extends { name: string }>(curves: readonly T[]): CurveGroup<T>[] {
  const groups = new Map<string, T[]>();
  for (const curve of curves) {
    const title = curve.name.replace(PART, "");
    groups.set(title, [...(groups.get(title) ?? []), curve]);
  }
  return [...groups].map(([title, together]) => ({ title, curves: together }));
}
