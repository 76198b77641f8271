import { ActionIcon, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowLeft,
  IconBinaryTree,
  IconCode,
  IconKeyboard,
  IconLayoutSidebarRightCollapse,
  IconLayoutSidebarRightExpand,
  type IconProps,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import { RunButton } from "@/inspector/PlanPreview";
import { VersionsMenu } from "@/inspector/VersionsMenu";
import { ShareButton } from "@/ui/ShareDialog";
import { ExportMenu } from "./ExportMenu";
import { PipelineTitle } from "./PipelineTitle";
import { SavingState } from "./SavingState";
import { shortcutText } from "./shortcuts";
import classes from "./TopBar.module.css";
import type { Commands } from "./useCommands";
import { showPanels, useCanvasView } from "./view";

/** Above the canvas: what is open, whether it is saved, and what can be done with all of it. */
export function TopBar({ commands }: { commands: Commands }) {
  const { t } = useTranslation(["canvas", "common"]);
  const pipeline = useEditor((state) => state.pipeline);
  return (
    <header className={classes.bar}>
      <ActionIcon component={Link} to="/pipelines" aria-label={t("bar.back")} title={t("bar.back")}>
        <IconArrowLeft size={18} stroke={1.6} />
      </ActionIcon>
      <PipelineTitle />
      <SavingState />
      <div className={classes.tools}>
        <EditTools commands={commands} />
        <PanelTools />
        <span className={classes.rule} aria-hidden />
        <ExportMenu />
        <VersionsMenu />
        <ShareButton kind="pipelines" id={pipeline.id} right={pipeline.right} />
        <RunButton />
      </div>
    </header>
  );
}

interface ToolProps {
  icon: ComponentType<IconProps>;
  label: string;
  keys?: string;
  isDisabled?: boolean;
  isPressed?: boolean;
  onClick: () => void;
}

function Tool({ icon: Icon, label, keys, isDisabled, isPressed, onClick }: ToolProps) {
  return (
    <Tooltip label={keys ? `${label} (${keys})` : label}>
      <ActionIcon
        aria-label={label}
        aria-pressed={isPressed}
        variant={isPressed ? "light" : "subtle"}
        disabled={isDisabled}
        onClick={onClick}
      >
        <Icon size={18} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}

function EditTools({ commands }: { commands: Commands }) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const canUndo = useEditor((state) => state.canUndo);
  const canRedo = useEditor((state) => state.canRedo);
  const mayEdit = useEditor((state) => state.mayEdit);
  if (!mayEdit) {
    return <span className={classes.readOnly}>{t("bar.readOnly")}</span>;
  }
  return (
    <>
      <Tool
        icon={IconArrowBackUp}
        label={t("command.undo")}
        keys={shortcutText("undo")}
        isDisabled={!canUndo}
        onClick={actions.undo}
      />
      <Tool
        icon={IconArrowForwardUp}
        label={t("command.redo")}
        keys={shortcutText("redo")}
        isDisabled={!canRedo}
        onClick={actions.redo}
      />
      <Tool
        icon={IconBinaryTree}
        label={t("command.layout")}
        keys={shortcutText("layout")}
        onClick={commands.layout}
      />
      <Tool
        icon={IconKeyboard}
        label={t("command.help")}
        keys={shortcutText("help")}
        onClick={commands.help}
      />
    </>
  );
}

function PanelTools() {
  const { t } = useTranslation("canvas");
  const isTextOpen = useCanvasView((view) => view.isTextOpen);
  const isInspectorOpen = useCanvasView((view) => view.isInspectorOpen);
  return (
    <>
      <Tool
        icon={IconCode}
        label={t("bar.text")}
        isPressed={isTextOpen}
        onClick={() => showPanels({ isTextOpen: !isTextOpen })}
      />
      <Tool
        icon={isInspectorOpen ? IconLayoutSidebarRightCollapse : IconLayoutSidebarRightExpand}
        label={t(isInspectorOpen ? "bar.closeInspector" : "bar.openInspector")}
        onClick={() => showPanels({ isInspectorOpen: !isInspectorOpen })}
      />
    </>
  );
}
