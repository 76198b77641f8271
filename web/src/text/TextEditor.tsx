import { forEachDiagnostic, setDiagnostics } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import { useQueryClient } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue, useEditor, useEditorActions, useEditorStore } from "@/editor/EditorContext";
import { currentLanguage } from "@/i18n";
import { settingFields } from "@/inspector/form/schema";
import { operatorQuery } from "@/inspector/operatorDetails";
import { nodePlaces, placeAt } from "./nodePlaces";
import { problemMarks } from "./problemMarks";
import classes from "./TextPanel.module.css";
import { TextToolbar } from "./TextToolbar";
import { createYamlEditor, showRanges, takeText } from "./yamlEditor";

/** The text and its tools. */
export function TextEditor() {
  const { t } = useTranslation("text");
  const host = useRef<HTMLDivElement>(null);
  const view = useYamlEditor(host);
  useTextOfDocument(view);
  useProblemMarks(view);
  useSelectedNodes(view);
  return (
    <section className={classes.panel} aria-label={t("title")}>
      <TextToolbar view={view} />
      <div ref={host} className={classes.host} />
      <p className={classes.hint}>{t("leave")}</p>
    </section>
  );
}

type ViewRef = RefObject<EditorView | null>;

/** The editor lives as long as the panel is open. */
function useYamlEditor(host: RefObject<HTMLElement | null>): ViewRef {
  const { t } = useTranslation("text");
  const view = useRef<EditorView | null>(null);
  const store = useEditorStore();
  const catalogue = useCatalogue();
  const client = useQueryClient();
  const { editText, select } = useEditorActions();
  const mayEdit = useEditor((state) => state.mayEdit);
  useEffect(() => {
    if (host.current === null) {
      return undefined;
    }
    const fieldsOf = async (operator: string) => {
      const details = await client.fetchQuery(operatorQuery(operator, currentLanguage()));
      return settingFields(details.settings);
    };
    const editor = createYamlEditor({
      parent: host.current,
      text: store.getState().text,
      label: t("title"),
      mayEdit,
      words: { catalogue, fieldsOf },
      phrases: t("phrases", { returnObjects: true }) as Record<string, string>,
      onText: editText,
      onCursor(position) {
        const place = placeAt(nodePlaces(editor.state.doc.toString()), position);
        const { selection, graph } = store.getState();
        const isKnown = graph?.nodes.some(({ id }) => id === place?.id) ?? false;
        if (place !== undefined && isKnown && !(selection.size === 1 && selection.has(place.id))) {
          select([place.id]);
        }
      },
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [host, store, catalogue, client, editText, select, mayEdit, t]);
  return view;
}

/** Edits on the canvas and undo arrive in the text. */
function useTextOfDocument(view: ViewRef): void {
  const text = useEditor((state) => state.text);
  useEffect(() => {
    if (view.current !== null) {
      takeText(view.current, text);
    }
  }, [view, text]);
}

function useProblemMarks(view: ViewRef): void {
  const diagnostics = useEditor((state) => state.diagnostics);
  const text = useEditor((state) => state.text);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text has new places
  useEffect(() => {
    const editor = view.current;
    if (editor !== null && (diagnostics.length > 0 || hasMarks(editor))) {
      editor.dispatch(setDiagnostics(editor.state, problemMarks(editor.state.doc, diagnostics)));
    }
  }, [view, diagnostics, text]);
}

function hasMarks(editor: EditorView): boolean {
  let found = false;
  forEachDiagnostic(editor.state, () => {
    found = true;
  });
  return found;
}

/** The lines of what is selected on the canvas are marked and come into view. */
function useSelectedNodes(view: ViewRef): void {
  const selection = useEditor((state) => state.selection);
  const text = useEditor((state) => state.text);
  const shown = useRef(selection);
  useEffect(() => {
    const editor = view.current;
    if (editor === null) {
      return;
    }
    const end = editor.state.doc.length;
    const places = nodePlaces(text).filter(({ id, to }) => selection.has(id) && to <= end);
    const isNew = shown.current !== selection;
    shown.current = selection;
    showRanges(editor, places, { scrolls: isNew && !editor.hasFocus });
  }, [view, selection, text]);
}
