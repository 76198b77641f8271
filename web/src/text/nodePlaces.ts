/** Where the nodes of a pipeline stand in its file. */
import { isMap, isScalar, parseDocument } from "yaml";

export interface NodePlace {
  readonly id: string;
  readonly op: string;
  /** From the first character of the id to behind the node's last. */
  readonly from: number;
  readonly to: number;
}

/** The nodes in the order of the text; as far as it can be read. */
export function nodePlaces(text: string): readonly NodePlace[] {
  const document = parseDocument(text, { logLevel: "silent" });
  const nodes = isMap(document.contents) ? document.contents.get("nodes", true) : undefined;
  if (!isMap(nodes)) {
    return [];
  }
  return nodes.items.flatMap((pair) => {
    const { key, value } = pair;
    if (!isScalar(key) || !key.range) {
      return [];
    }
    const op = isMap(value) ? value.get("op") : "";
    const range = isMap(value) || isScalar(value) ? value.range : null;
    const end = range?.[1] ?? key.range[1];
    return [{ id: String(key.value), op: String(op ?? ""), from: key.range[0], to: end }];
  });
}

/** The node that a place in the text belongs to. */
export function placeAt(places: readonly NodePlace[], position: number): NodePlace | undefined {
  return places.find(({ from, to }) => position >= from && position <= to);
}
