import { ActionIcon, Menu } from "@mantine/core";
import { IconDownload, IconFileCode, IconPhoto, IconVector } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEditorStore } from "@/editor/EditorContext";
import { tellProblem } from "@/ui/notices";
import { drawSvg, rasterised } from "./drawing";
import { nameIn } from "./pipelineName";
import { sceneBoxes, useSceneAccess } from "./scene";

/** Takes the pipeline along: as its file, or as a picture of it. */
export function ExportMenu() {
  const { t } = useTranslation("canvas");
  const { scene } = useSceneAccess();
  const store = useEditorStore();
  const fileName = (ending: string) => {
    const name = nameIn(store.getState().text).replace(/[^\p{L}\p{N}_.-]+/gu, "-");
    return `${name || "pipeline"}.${ending}`;
  };
  const picture = () =>
    drawSvg({
      ...scene.current,
      boxes: new Map(sceneBoxes(scene.current).map((box) => [box.id, box])),
      colour: tokenValue,
    });
  const saveText = () =>
    save(fileName("yaml"), new Blob([store.getState().text], { type: "application/yaml" }));
  const saveSvg = () => save(fileName("svg"), new Blob([picture()], { type: "image/svg+xml" }));
  const savePng = async () => {
    try {
      save(fileName("png"), await rasterised(picture()));
    } catch (problem) {
      tellProblem(problem);
    }
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t("export.label")} title={t("export.label")}>
          <IconDownload size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconFileCode size={16} aria-hidden />} onClick={saveText}>
          {t("export.yaml")}
        </Menu.Item>
        <Menu.Item leftSection={<IconVector size={16} aria-hidden />} onClick={saveSvg}>
          {t("export.svg")}
        </Menu.Item>
        <Menu.Item leftSection={<IconPhoto size={16} aria-hidden />} onClick={savePng}>
          {t("export.png")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** `var(--nl-text)` → the colour it has in the present theme. */
function tokenValue(token: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(token)?.[1];
  return name === undefined
    ? token
    : getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
