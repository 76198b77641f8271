import { useMemo } from "react";
import { api, dataOf } from "@/api/client";
import { useEditor, useEditorActions, useEditorStore } from "@/editor/EditorContext";
import { tellProblem } from "@/ui/notices";
import { referenceTo } from "./form/template";
import { type PipelineHead, readHead, withVariable } from "./pipelineText";

/** Name, description and variables, as the text has them now. */
export function usePipelineHead(): PipelineHead {
  const text = useEditor((state) => state.text);
  return useMemo(() => readHead(text), [text]);
}

/** Make a variable of a setting's value and bind the setting to it: one change of the text. */
export function useNewVariable(
  node: string,
): ((setting: string, name: string, value: unknown) => void) | null {
  const store = useEditorStore();
  const { editText, saved } = useEditorActions();
  const mayEdit = useEditor((state) => state.mayEdit);
  const make = async (setting: string, name: string, value: unknown) => {
    await saved(); // the text must hold what was just edited
    const text = withVariable(store.getState().text, name, value);
    const edited = await dataOf(
      api.POST("/api/v1/text/edit", {
        body: {
          text,
          edits: [{ kind: "set_setting", node, setting, value: { ...referenceTo(name) } }],
        },
      }),
    );
    editText(edited.text);
  };
  return mayEdit
    ? (setting, name, value) => {
        make(setting, name, value).catch(tellProblem);
      }
    : null;
}
