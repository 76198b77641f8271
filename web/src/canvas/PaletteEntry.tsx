import { Tooltip } from "@mantine/core";
import { IconBrain, IconPhoto } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { NodeOperator } from "@/graph/catalogue";
import { groupColour } from "./groupColours";
import classes from "./Palette.module.css";
import { PortMark } from "./PortMark";
import type { PaletteItem } from "./paletteItems";

/** Type of what is dragged from the palette. */
export const DRAG_TYPE = "application/x-netloom-palette";

interface PaletteEntryProps {
  item: PaletteItem;
  onAdd: (item: PaletteItem) => void;
  isDraggable: boolean;
}

/** One thing to put on the canvas: drag it there, or double-click it, or press Enter. */
export function PaletteEntry({ item, onAdd, isDraggable }: PaletteEntryProps) {
  return (
    <Tooltip label={<EntryHelp item={item} />} position="right" multiline w={300} openDelay={500}>
      <button
        type="button"
        className={classes.entry}
        draggable={isDraggable}
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAG_TYPE, item.id);
          event.dataTransfer.effectAllowed = "copy";
        }}
        onDoubleClick={() => onAdd(item)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            onAdd(item);
          }
        }}
      >
        <EntryBody item={item} />
      </button>
    </Tooltip>
  );
}

/** Title and summary beside the colour of the group, and the ports. */
export function EntryBody({ item }: { item: PaletteItem }) {
  return (
    <>
      <span
        className={classes.swatch}
        style={{ background: groupColour(item.group.replace("my-", "")) }}
        aria-hidden
      />
      <span className={classes.texts}>
        <span className={classes.entryTitle}>{item.title}</span>
        <span className={classes.summary}>{item.summary}</span>
      </span>
      {item.operator && item.group !== "my-data" ? <Ports operator={item.operator} /> : null}
      {item.group === "my-data" && <IconPhoto size={14} aria-hidden />}
      {item.model !== null && <IconBrain size={14} aria-hidden />}
    </>
  );
}

function Ports({ operator }: { operator: NodeOperator }) {
  const marks = (ports: readonly { name: string; type: string }[]) =>
    ports.map(({ name, type }) => <PortMark key={name} type={type} />);
  return (
    <span className={classes.ports} aria-hidden>
      {marks(operator.inputs)}
      <span className={classes.arrow}>→</span>
      {marks(operator.outputs)}
    </span>
  );
}

function EntryHelp({ item }: { item: PaletteItem }) {
  const { t } = useTranslation("canvas");
  const { operator } = item;
  return (
    <div className={classes.help}>
      <div>{item.summary}</div>
      {operator !== null && operator.inputs.length > 0 && (
        <div>
          {t("palette.takes")}:{" "}
          {operator.inputs.map(({ name, type }) => `${name} (${type})`).join(", ")}
        </div>
      )}
      {operator !== null && operator.outputs.length > 0 && (
        <div>
          {t("palette.gives")}:{" "}
          {operator.outputs.map(({ name, type }) => `${name} (${type})`).join(", ")}
        </div>
      )}
      <code>{operator?.id ?? item.id}</code>
    </div>
  );
}
