/** The editor of the pipeline that is open, for everything on the screen. */
import { VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { keys } from "@/api/queries";
import type { Catalogue } from "@/graph/catalogue";
import { currentLanguage, onLanguageChange } from "@/i18n";
import { Answered } from "@/ui/Answered";
import { Loading } from "@/ui/Loading";
import { tell, tellProblem } from "@/ui/notices";
import { type Loaded, loadCatalogue, loadPipeline } from "./opening";
import { createServer } from "./server";
import { createEditor, type EditorStore, type OpenedEditor } from "./store";
import type { EditorActions, EditorState, Reason } from "./types";

interface EditorOnScreen {
  store: EditorStore;
  catalogue: Catalogue;
}

const EditorContext = createContext<EditorOnScreen | null>(null);

function useEditorOnScreen(): EditorOnScreen {
  const editor = useContext(EditorContext);
  if (editor === null) {
    throw new Error("this needs an EditorProvider around it");
  }
  return editor;
}

/** A part of the editor's state; renders again only when it changes. */
export function useEditor<T>(selector: (state: EditorState) => T): T {
  return useStore(useEditorOnScreen().store, selector);
}

/** What can be done; always the same object. */
export function useEditorActions(): EditorActions {
  return useStore(useEditorOnScreen().store, (state) => state.actions);
}

/** Operators and types. */
export function useCatalogue(): Catalogue {
  return useEditorOnScreen().catalogue;
}

/** The store itself, for reading the state in the middle of an event. */
export function useEditorStore(): EditorStore {
  return useEditorOnScreen().store;
}

/** An editor that is there already around a part of the screen. */
export function OpenEditorProvider({
  store,
  catalogue,
  children,
}: EditorOnScreen & { children: ReactNode }) {
  const editor = useMemo(() => ({ store, catalogue }), [store, catalogue]);
  return <EditorContext.Provider value={editor}>{children}</EditorContext.Provider>;
}

interface EditorProviderProps {
  pipelineId: string;
  children: ReactNode;
}

/** Opens a pipeline: loads it with operators and types, and shows that it loads or why it cannot. */
export function EditorProvider({ pipelineId, children }: EditorProviderProps) {
  const catalogue = useQuery({
    queryKey: [...keys.operators, "catalogue", currentLanguage()],
    queryFn: ({ client }) => loadCatalogue(client),
    staleTime: 60_000,
  });
  const loaded = useQuery({
    queryKey: [...keys.pipelines, pipelineId, "editor"],
    queryFn: () => loadPipeline(createServer(pipelineId), pipelineId),
    staleTime: Number.POSITIVE_INFINITY, // from here on the editor itself keeps up to date
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  return (
    <Answered query={catalogue}>
      {(operators) => (
        <Answered query={loaded}>
          {(found) => (
            <Opened key={pipelineId} loaded={found} catalogue={operators}>
              {children}
            </Opened>
          )}
        </Answered>
      )}
    </Answered>
  );
}

interface OpenedProps {
  loaded: Loaded;
  catalogue: Catalogue;
  children: ReactNode;
}

function Opened({ loaded, catalogue, children }: OpenedProps) {
  const editor = useOpenedEditor(loaded, catalogue);
  if (editor === null) {
    return <Loading />;
  }
  return (
    <OpenEditorProvider store={editor.store} catalogue={catalogue}>
      {children}
      <Announcements />
    </OpenEditorProvider>
  );
}

function useOpenedEditor(loaded: Loaded, catalogue: Catalogue): OpenedEditor | null {
  const { t } = useTranslation("editor");
  const [editor, setEditor] = useState<OpenedEditor | null>(null);
  const [first] = useState({ loaded, catalogue, t }); // what changes later is no reason to open again
  useEffect(() => {
    const say = ({ key, values }: Reason) => first.t(key, values);
    const opened = createEditor({
      ...first.loaded,
      catalogue: first.catalogue,
      server: createServer(first.loaded.pipeline.id),
      say,
      tell: (reason, problem) => {
        tell(say(reason));
        if (problem !== undefined) {
          tellProblem(problem);
        }
      },
    });
    if (first.loaded.recovered !== null) {
      tell(say({ key: "saving.recovered", values: {} }));
    }
    void opened.watchLatest().catch(() => {}); // without runs the canvas is as useful
    setEditor(opened);
    const stopFollowing = followWindow(opened);
    const stopReading = onLanguageChange(() => void opened.readAgain().catch(() => {}));
    return () => {
      stopFollowing();
      stopReading();
      opened.close();
    };
  }, [first]);
  return editor;
}

function followWindow({ lookAgain, keepUnsent }: OpenedEditor): () => void {
  window.addEventListener("online", lookAgain);
  window.addEventListener("focus", lookAgain);
  window.addEventListener("pagehide", keepUnsent);
  return () => {
    window.removeEventListener("online", lookAgain);
    window.removeEventListener("focus", lookAgain);
    window.removeEventListener("pagehide", keepUnsent);
  };
}

/** Says what happens to people who cannot see it. */
function Announcements() {
  const { t } = useTranslation("editor");
  const announcement = useEditor((state) => state.announcement);
  return (
    <VisuallyHidden role="status">
      {announcement && t(announcement.key, announcement.values)}
    </VisuallyHidden>
  );
}
