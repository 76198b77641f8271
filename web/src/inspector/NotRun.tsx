import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import classes from "./Inspector.module.css";

/** In place of what a run tells of a node, while no run is watched or it is not part of it. */
export function NotRun() {
  const { t } = useTranslation("inspector");
  const isWatching = useEditor((state) => state.run !== null);
  return <p className={classes.empty}>{t(isWatching ? "notRun.notInRun" : "notRun.noRun")}</p>;
}
