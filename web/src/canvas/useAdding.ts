import { useCallback } from "react";
import { api, dataOf } from "@/api/client";
import { useEditorActions } from "@/editor/EditorContext";
import type { NewNodeConnection } from "@/editor/types";
import { tellProblem } from "@/ui/notices";
import { NODE_WIDTH, onGrid, type Point } from "./geometry";
import type { PaletteItem } from "./paletteItems";
import { noteUse } from "./recentItems";
import { sceneBoxes, useSceneAccess } from "./scene";
import type { LooseEnd } from "./view";

/** Height of a header with one port: a new node's ports come to lie where it was dropped. */
const HALF_HEIGHT = 48;
const GAP = 80;

/** Puts something from the palette at a place, connected with the loose end it was chosen for. */
export function useAdding() {
  const actions = useEditorActions();
  const { scene } = useSceneAccess();
  return useCallback(
    async (item: PaletteItem, at: Point, from: LooseEnd | null = null) => {
      noteUse(item.id);
      const wanted = {
        x: onGrid(
          from === null ? at.x - NODE_WIDTH / 2 : at.x - (from.side === "input" ? NODE_WIDTH : 0),
        ),
        y: onGrid(at.y - HALF_HEIGHT),
      };
      const place = uncovering(wanted, sceneBoxes(scene.current));
      try {
        if (item.model !== null) {
          const path = { model: item.model };
          const model = await dataOf(api.GET("/api/v1/models/{model}", { params: { path } }));
          actions.select(await actions.paste(model.snippet, place));
        } else if (item.operator !== null) {
          const connect = connectionOf(item, from);
          actions.select([actions.addNode(item.operator.id, place, { ...item.settings }, connect)]);
        }
      } catch (problem) {
        tellProblem(problem);
      }
    },
    [actions, scene],
  );
}

/** Beside what would be hidden: with the keyboard, one node after another is added at the same place. */
export function uncovering(place: Point, boxes: readonly Point[]): Point {
  const covers = ({ x, y }: Point) =>
    Math.abs(x - place.x) < NODE_WIDTH / 2 && Math.abs(y - place.y) < HALF_HEIGHT;
  return boxes.some(covers)
    ? uncovering({ ...place, x: onGrid(place.x + NODE_WIDTH + GAP) }, boxes)
    : place;
}

function connectionOf(item: PaletteItem, from: LooseEnd | null): NewNodeConnection | undefined {
  if (from === null || item.port === null) {
    return undefined;
  }
  const { node, port } = from;
  return from.side === "output"
    ? { from: { node, port, into: item.port } }
    : { to: { node, port, outOf: item.port } };
}
