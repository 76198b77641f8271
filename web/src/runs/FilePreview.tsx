import { useTranslation } from "react-i18next";
import type { ShownFile } from "./FilesTab";
import classes from "./FilesTab.module.css";
import { viewOf } from "./fileKinds";

/** A file, shown. Reports stand in a frame that may do nothing. */
export function FilePreview({ file }: { file: ShownFile }) {
  const { t } = useTranslation("runs");
  const url = `${file.url}?inline=true`;
  return viewOf(file.path) === "image" ? (
    <img className={classes.image} src={url} alt={file.path} />
  ) : (
    <iframe
      key={url}
      className={classes.frame}
      src={url}
      sandbox=""
      title={t("files.preview", { path: file.path })}
    />
  );
}
