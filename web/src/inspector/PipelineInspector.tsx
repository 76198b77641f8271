import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions, useEditorStore } from "@/editor/EditorContext";
import { formatAge } from "@/ui/formatting";
import { GrowingText } from "@/ui/GrowingText";
import { useTyped } from "./form/useTyped";
import classes from "./Inspector.module.css";
import { ProblemsList } from "./ProblemsList";
import { withHeadValue } from "./pipelineText";
import { VariablesTable } from "./VariablesTable";
import { usePipelineHead } from "./variables";

/** The pipeline itself: name, what it is for, its variables, and what is wrong with it. */
export function PipelineInspector() {
  const { t } = useTranslation("inspector");
  const head = usePipelineHead();
  const pipeline = useEditor((state) => state.pipeline);
  const graph = useEditor((state) => state.graph);
  return (
    <>
      <header className={classes.head}>
        <h2 className={classes.nodeName}>{t("pipeline.title")}</h2>
        <p className={classes.summary}>
          {t("pipeline.nodes", { count: graph?.nodes.length ?? 0 })}
          {" · "}
          {t("pipeline.changed", {
            when: formatAge(pipeline.changed),
            person: pipeline.changed_by || "–",
          })}
        </p>
      </header>
      <div className={classes.scroll}>
        <ProblemsList />
        <HeadField name="name" value={head.name} />
        <HeadField name="description" value={head.description} />
        <VariablesTable variables={head.variables} />
        <p className={classes.sectionHint}>{t("pipeline.hint")}</p>
      </div>
    </>
  );
}

interface HeadFieldProps {
  name: "name" | "description";
  value: string;
}

function HeadField({ name, value }: HeadFieldProps) {
  const { t } = useTranslation("inspector");
  const store = useEditorStore();
  const { editText } = useEditorActions();
  const mayEdit = useEditor((state) => state.mayEdit);
  const typed = useTyped(
    value,
    (text) => ({ value: text }),
    (text) => editText(withHeadValue(store.getState().text, name, String(text ?? ""))),
  );
  const shared = {
    label: t(`pipeline.${name}`),
    placeholder: t(`pipeline.${name}Placeholder`),
    value: typed.text,
    disabled: !mayEdit,
  };
  return name === "name" ? (
    <TextInput {...shared} onChange={(event) => typed.type(event.currentTarget.value)} />
  ) : (
    <GrowingText
      {...shared}
      minRows={2}
      maxRows={10}
      onChange={(event) => typed.type(event.currentTarget.value)}
    />
  );
}
