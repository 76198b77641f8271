import { ReactFlowProvider } from "@xyflow/react";
import { useDeferredValue, useEffect, useRef } from "react";
import { useParams } from "react-router";
import { EditorProvider } from "@/editor/EditorContext";
import { InspectorPanel } from "@/inspector/InspectorPanel";
import { TextPanel } from "@/text/TextPanel";
import { AdapterOffer } from "./AdapterOffer";
import { CanvasMenu } from "./CanvasMenu";
import classes from "./CanvasScreen.module.css";
import { FileDropDialog } from "./FileDropDialog";
import { Palette } from "./Palette";
import paletteClasses from "./Palette.module.css";
import { Prompts } from "./Prompts";
import { SavingBanner } from "./SavingBanner";
import { SearchPalette } from "./SearchPalette";
import { SidePanel } from "./SidePanel";
import { Surface } from "./Surface";
import { EMPTY_SCENE, type SceneAccess, SceneContext } from "./scene";
import { TopBar } from "./TopBar";
import { useClipboard } from "./useClipboard";
import { useCommands } from "./useCommands";
import { useShortcuts } from "./useShortcuts";
import { resetView, showPanels, useCanvasView } from "./view";

/** A pipeline on the canvas, with everything to work on it around. */
export function Component() {
  const { pipeline = "" } = useParams();
  return (
    <EditorProvider key={pipeline} pipelineId={pipeline}>
      <ReactFlowProvider>
        <Workspace />
      </ReactFlowProvider>
    </EditorProvider>
  );
}

function Workspace() {
  const scene = useRef(EMPTY_SCENE);
  const pointer = useRef<SceneAccess["pointer"]["current"]>(null);
  const surface = useRef<HTMLDivElement | null>(null);
  const access = useRef({ scene, pointer, surface });
  useEffect(() => resetView, []);
  return (
    <SceneContext.Provider value={access.current}>
      <Panels />
    </SceneContext.Provider>
  );
}

function Panels() {
  const commands = useCommands();
  useShortcuts(commands);
  useClipboard(commands);
  // The pipeline is drawn first; what stands around it follows at once, without being waited for.
  const hasSides = useDeferredValue(true, false);
  const isPaletteOpen = useCanvasView((view) => view.isPaletteOpen);
  const isTextOpen = useCanvasView((view) => view.isTextOpen);
  const isInspectorOpen = useCanvasView((view) => view.isInspectorOpen);
  const textWidth = useCanvasView((view) => view.textWidth);
  const inspectorWidth = useCanvasView((view) => view.inspectorWidth);
  return (
    <div className={classes.screen}>
      <TopBar commands={commands} />
      <SavingBanner />
      <div className={classes.panels}>
        {hasSides ? (
          <Palette commands={commands} />
        ) : (
          <div className={isPaletteOpen ? paletteClasses.palette : paletteClasses.folded} />
        )}
        <Surface commands={commands} />
        {isTextOpen && (
          <SidePanel
            name="text"
            width={textWidth}
            onResize={(width) => showPanels({ textWidth: width })}
          >
            {hasSides && <TextPanel />}
          </SidePanel>
        )}
        {isInspectorOpen && (
          <SidePanel
            name="inspector"
            width={inspectorWidth}
            onResize={(width) => showPanels({ inspectorWidth: width })}
          >
            {hasSides && <InspectorPanel />}
          </SidePanel>
        )}
      </div>
      <CanvasMenu commands={commands} />
      <SearchPalette />
      <AdapterOffer />
      <Prompts />
      <FileDropDialog />
    </div>
  );
}
