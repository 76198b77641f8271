import { ActionIcon, Select } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Try } from "@/models/predicting";
import { type DraftObject, withBox, withLabel, withoutObject } from "./corrections";
import classes from "./ObjectsEditor.module.css";

interface ObjectsEditorProps {
  shown: Try;
  labels: readonly string[];
  objects: readonly DraftObject[];
  onChange(objects: readonly DraftObject[]): void;
}

type Corner = readonly [number, number];

/** The objects of a picture: labels are changed, wrong ones taken away, missing ones drawn. */
export function ObjectsEditor({ shown, labels, objects, onChange }: ObjectsEditorProps) {
  const { t } = useTranslation("deployments");
  const [pointed, point] = useState<number | null>(null);
  const usual = objects.at(-1)?.label ?? labels[0] ?? "";
  return (
    <div className={classes.editor}>
      <Drawing
        shown={shown}
        objects={objects}
        pointed={pointed}
        onBox={(from, to) => onChange(withBox(objects, usual, from, to))}
      />
      <ul className={classes.objects} aria-label={t("correct.objects")}>
        {objects.map(({ key, label }, at) => (
          <li key={key} onPointerEnter={() => point(key)} onPointerLeave={() => point(null)}>
            <Select
              searchable
              aria-label={t("correct.labelOf", { number: at + 1 })}
              data={[...new Set([...labels, label])]}
              value={label}
              allowDeselect={false}
              onChange={(next) => next !== null && onChange(withLabel(objects, key, next))}
            />
            <ActionIcon
              aria-label={t("correct.removeOf", { number: at + 1 })}
              onClick={() => onChange(withoutObject(objects, key))}
            >
              <IconTrash size={14} aria-hidden />
            </ActionIcon>
          </li>
        ))}
        {objects.length === 0 && <li className={classes.none}>{t("correct.noObjects")}</li>}
      </ul>
      <p className={classes.hint}>{t("correct.draw")}</p>
    </div>
  );
}

interface DrawingProps {
  shown: Try;
  objects: readonly DraftObject[];
  /** The object whose row the pointer is over. */
  pointed: number | null;
  onBox(from: Corner, to: Corner): void;
}

function Drawing({ shown, objects, pointed, onBox }: DrawingProps) {
  const { t } = useTranslation("deployments");
  const svg = useRef<SVGSVGElement>(null);
  const [drawn, draw] = useState<{ from: Corner; to: Corner } | null>(null);
  const width = shown.width ?? 1;
  const height = shown.height ?? 1;
  const placeOf = ({ clientX, clientY }: PointerEvent): Corner => {
    const frame = svg.current?.getBoundingClientRect();
    if (frame === undefined) {
      return [0, 0];
    }
    const inside = (value: number, most: number) => Math.min(Math.max(value, 0), most);
    return [
      inside(((clientX - frame.left) / frame.width) * width, width),
      inside(((clientY - frame.top) / frame.height) * height, height),
    ];
  };
  const finish = () => {
    if (drawn !== null) {
      onBox(drawn.from, drawn.to);
    }
    draw(null);
  };
  return (
    <div className={classes.picture} style={{ aspectRatio: `${width} / ${height}` }}>
      <img src={shown.picture} alt={shown.name} draggable={false} />
      <svg
        ref={svg}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={t("correct.drawing", { count: objects.length })}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const place = placeOf(event);
          draw({ from: place, to: place });
        }}
        onPointerMove={(event) => setTo(draw, placeOf(event))}
        onPointerUp={finish}
        onPointerCancel={() => draw(null)}
      >
        {objects.map(({ key, box: [left, top, right, bottom] }) => (
          <rect
            key={key}
            className={classes.box}
            data-pointed={key === pointed || undefined}
            x={left}
            y={top}
            width={right - left}
            height={bottom - top}
          />
        ))}
        {drawn !== null && <Rubber {...drawn} />}
      </svg>
    </div>
  );
}

type Draw = (change: (before: { from: Corner; to: Corner } | null) => typeof before) => void;

const setTo = (draw: Draw, to: Corner): void => draw((before) => before && { ...before, to });

function Rubber({ from: [x0, y0], to: [x1, y1] }: { from: Corner; to: Corner }) {
  return (
    <rect
      className={classes.rubber}
      x={Math.min(x0, x1)}
      y={Math.min(y0, y1)}
      width={Math.abs(x1 - x0)}
      height={Math.abs(y1 - y0)}
    />
  );
}
