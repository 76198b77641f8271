import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import { nameIn, withName } from "./pipelineName";
import classes from "./TopBar.module.css";

/** The pipeline's name, to be changed where it stands. */
export function PipelineTitle() {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const text = useEditor((state) => state.text);
  const mayEdit = useEditor((state) => state.mayEdit);
  const usual = useEditor((state) => state.pipeline.name);
  const name = nameIn(text) || usual;
  const [draft, setDraft] = useState<string | null>(null);
  useEffect(() => {
    document.title = `${name} · Netloom`;
  }, [name]);
  const keep = () => {
    const wanted = draft?.trim() ?? "";
    if (wanted !== "" && wanted !== name) {
      actions.editText(withName(text, wanted));
    }
    setDraft(null);
  };
  if (!mayEdit) {
    return <h1 className={classes.title}>{name}</h1>;
  }
  return (
    <h1 className={classes.title}>
      <input
        className={classes.name}
        value={draft ?? name}
        size={Math.max(6, Math.min(40, (draft ?? name).length + 1))}
        aria-label={t("bar.name")}
        onFocus={() => setDraft(name)}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.currentTarget.blur();
          } else if (event.key === "Escape") {
            setDraft(null);
            requestAnimationFrame(() => (document.activeElement as HTMLElement | null)?.blur());
          }
        }}
      />
    </h1>
  );
}
