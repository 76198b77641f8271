import { expect, it } from "vitest";
import { LINE_HEIGHTS } from "./geometry";
import type { NodeView } from "./nodeView";
import { EMPTY_SCENE, roomyBoxes, sceneBoxes } from "./scene";

const view = (previews: ("table" | null)[], more: Partial<NodeView> = {}) => {
  const operator = { outputs: previews.map((preview) => ({ preview })) };
  return { operator, width: 180, height: 100, isCollapsed: false, ...more } as NodeView;
};

it("leaves room for what the first run adds to nodes that give tables", () => {
  const views = new Map([
    ["users", view(["table", null])],
    ["small", view(["table"], { isCollapsed: true })],
    ["known", view(["table"], { run: { outputs: { out: {} } } as unknown as NodeView["run"] })],
    ["digits", view([null])],
  ]);
  const scene = { ...EMPTY_SCENE, views, order: [...views.keys()] };
  const before = new Map(sceneBoxes(scene).map(({ id, height }) => [id, height]));
  const added = roomyBoxes(scene).map(({ id, height }) => height - (before.get(id) ?? 0));
  expect(added).toEqual([LINE_HEIGHTS.table, 0, 0, 0]);
});
