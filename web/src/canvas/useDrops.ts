import { useReactFlow } from "@xyflow/react";
import type { DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import { tell, tellProblem } from "@/ui/notices";
import { droppedFile } from "./droppedFile";
import { DRAG_TYPE } from "./PaletteEntry";
import { useAdding } from "./useAdding";
import { usePaletteItems } from "./usePaletteItems";
import { show } from "./view";

/** Handlers for what is dropped on the canvas: things from the palette, and files. */
export function useDrops() {
  const { t } = useTranslation("canvas");
  const mayEdit = useEditor((state) => state.mayEdit);
  const items = usePaletteItems();
  const flow = useReactFlow();
  const add = useAdding();
  const onDragOver = (event: DragEvent) => {
    const { types } = event.dataTransfer;
    if (mayEdit && (types.includes(DRAG_TYPE) || types.includes("Files"))) {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    }
  };
  const onDrop = async (event: DragEvent) => {
    if (!mayEdit) {
      return;
    }
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const item = items.find(({ id }) => id === event.dataTransfer.getData(DRAG_TYPE));
    const [file] = event.dataTransfer.files;
    if (item !== undefined) {
      await add(item, at);
    } else if (file !== undefined) {
      try {
        const dropped = await droppedFile(file);
        if (dropped.kind === "unknown") {
          tell(t("drop.unknown", { name: dropped.name }));
        } else {
          show({ dropped: { at, file: dropped } });
        }
      } catch (problem) {
        tellProblem(problem);
      }
    }
  };
  return { onDragOver, onDrop };
}
