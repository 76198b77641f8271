import type { CSSProperties } from "react";
import classes from "./SampleViewer.module.css";
import type { StoredSample } from "./samples";

/** More names hide the picture: then they are beside it, and at the pointer. */
const MOST = 40;

interface ObjectNamesProps {
  sample: StoredSample;
  marked: number | null;
}

/** What each object is, at its upper left corner and in any script: the browser has the letters. */
export function ObjectNames({ sample, marked }: ObjectNamesProps) {
  const { width, height, objects, kind } = sample;
  if (kind === "mask") {
    return null;
  }
  return (
    <div className={classes.names} aria-hidden>
      {objects.map(({ label, text, colour, box: [left = 0, top = 0] }, position) => {
        const name = text ?? label;
        const isShown = objects.length <= MOST || position === marked;
        return name === null || !isShown ? null : (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: objects have no identity but their place
            key={position}
            className={classes.name}
            data-faded={(marked !== null && position !== marked) || undefined}
            style={placeOf(left / width, top / height, colour)}
          >
            {name}
          </span>
        );
      })}
    </div>
  );
}

/** Above the object if there is room, else inside it. */
function placeOf(x: number, y: number, colour: string): CSSProperties {
  const percent = (share: number) => `${(100 * Math.min(1, Math.max(0, share))).toFixed(2)}%`;
  return {
    left: percent(x),
    top: percent(y),
    transform: y > 0.06 ? "translateY(-100%)" : undefined,
    "--label": colour,
  } as CSSProperties;
}
