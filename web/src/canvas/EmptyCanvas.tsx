import { IconFileUpload, IconLayoutSidebar, IconSearch } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import classes from "./Surface.module.css";
import type { Commands } from "./useCommands";

/** Three ways to begin; none while the text cannot be read. */
export function EmptyCanvas({ commands }: { commands: Commands }) {
  const { t } = useTranslation(["canvas", "editor"]);
  const isReadable = useEditor((state) => state.graph !== null);
  const mayEdit = useEditor((state) => state.mayEdit);
  if (!isReadable) {
    return (
      <div className={classes.empty}>
        <div className={classes.emptyBox}>
          <h2>{t("editor:edit.noGraph")}</h2>
        </div>
      </div>
    );
  }
  return (
    <div className={classes.empty}>
      <div className={classes.emptyBox}>
        <h2>{t(mayEdit ? "empty.title" : "empty.nothing")}</h2>
        {mayEdit && (
          <>
            <div className={classes.emptyHint}>
              <IconLayoutSidebar size={18} aria-hidden />
              <div>
                <strong>{t("empty.palette")}</strong>
                <span>{t("empty.paletteText")}</span>
              </div>
            </div>
            <button type="button" className={classes.emptyHint} onClick={commands.search}>
              <IconSearch size={18} aria-hidden />
              <div>
                <strong>{t("empty.search")}</strong>
                <span>{t("empty.searchText")}</span>
              </div>
            </button>
            <div className={classes.emptyHint}>
              <IconFileUpload size={18} aria-hidden />
              <div>
                <strong>{t("empty.drop")}</strong>
                <span>{t("empty.dropText")}</span>
              </div>
            </div>
          </>
        )}
      </div>
    </div>
  );
}
