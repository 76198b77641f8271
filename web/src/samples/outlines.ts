/** Shapes of objects as paths that SVG draws. */
import type { SampleObject } from "./samples";

/** The outlines of an object, or the frame of its box where only that is known. */
export function outlinePath({ box, outlines }: Pick<SampleObject, "box" | "outlines">): string {
  if (outlines.length > 0) {
    return outlines.map(ringPath).join("");
  }
  const [left = 0, top = 0, right = 0, bottom = 0] = box;
  return `M${left} ${top}H${right}V${bottom}H${left}Z`;
}

function ringPath(ring: readonly number[]): string {
  const corners: string[] = [];
  for (let place = 0; place + 1 < ring.length; place += 2) {
    corners.push(`${ring[place]} ${ring[place + 1]}`);
  }
  return corners.length === 0 ? "" : `M${corners.join("L")}Z`;
}
