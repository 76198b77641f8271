/** How large a picture is shown: null means that it fits into the window. */
export type Zoom = number | null;

const FACTOR = 1.5;
const [LEAST, MOST] = [0.1, 64];

/** Keys that change it. */
const KEYS: Readonly<Record<string, (zoom: Zoom) => Zoom>> = {
  "+": (zoom) => larger(zoom),
  "=": (zoom) => larger(zoom),
  "-": (zoom) => smaller(zoom),
  "0": () => null,
};

/** One step larger. */
export const larger = (zoom: Zoom): Zoom => Math.min(MOST, (zoom ?? 1) * FACTOR);

/** One step smaller. */
export const smaller = (zoom: Zoom): Zoom => Math.max(LEAST, (zoom ?? 1) / FACTOR);

/** What a key makes of it; undefined if the key means something else. */
export const zoomOfKey = (key: string, zoom: Zoom): Zoom | undefined => KEYS[key]?.(zoom);
