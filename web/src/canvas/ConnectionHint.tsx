import { useConnection } from "@xyflow/react";
import { useTranslation } from "react-i18next";
import { useCatalogue, useEditor } from "@/editor/EditorContext";
import { titleOfType } from "@/graph/catalogue";
import { whyNot } from "@/graph/connecting";
import classes from "./Surface.module.css";
import { useCanvasView } from "./view";

/** While a connection is dragged: what it carries, or why it cannot end where the pointer is. */
export function ConnectionHint() {
  const { t } = useTranslation(["canvas", "editor"]);
  const catalogue = useCatalogue();
  const graph = useEditor((state) => state.graph);
  const wired = useEditor((state) => state.wired);
  const end = useCanvasView((view) => view.connecting?.end ?? null);
  const over = useConnection(({ toHandle }) =>
    toHandle?.id ? `${toHandle.type} ${toHandle.nodeId} ${toHandle.id}` : "",
  );
  if (end === null || graph === null) {
    return null;
  }
  const [type, node = "", port = ""] = over.split(" ");
  const isSameSide = (type === "source") === (end.side === "output");
  if (over === "" || isSameSide) {
    return (
      <div className={classes.hint} role="status">
        {t("connect.carries", {
          name: `${end.node}.${end.port}`,
          type: titleOfType(catalogue, end.type),
        })}
      </div>
    );
  }
  const other = { node, port };
  const [source, target] = end.side === "output" ? [end, other] : [other, end];
  const reason = whyNot(catalogue, graph, wired, source, target);
  return (
    <div className={classes.hint} role="status" data-bad={reason !== null || undefined}>
      {reason === null
        ? t("connect.fits", { name: `${node}.${port}` })
        : t(`editor:${reason.key}`, reason.values)}
    </div>
  );
}
