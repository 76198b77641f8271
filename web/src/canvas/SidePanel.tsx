import { type KeyboardEvent, type PointerEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./CanvasScreen.module.css";

const NARROWEST = 240;
const STEP = 24;

interface SidePanelProps {
  name: "text" | "inspector";
  width: number;
  onResize: (width: number) => void;
  children: ReactNode;
}

/** A panel at the right whose left edge can be dragged, or moved with the arrow keys. */
export function SidePanel({ name, width, onResize, children }: SidePanelProps) {
  const { t } = useTranslation("canvas");
  const [dragged, setDragged] = useState<number | null>(null);
  const widest = Math.round(window.innerWidth * 0.5);
  const limited = (wanted: number) => Math.max(NARROWEST, Math.min(widest, wanted));
  const drag = (event: PointerEvent<HTMLElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) {
      const right = event.currentTarget.parentElement?.getBoundingClientRect().right ?? 0;
      setDragged(limited(right - event.clientX));
    }
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      onResize(limited(width + step));
    }
  };
  return (
    <div
      className={classes.side}
      style={{ width: Math.min(dragged ?? width, widest) }}
      data-panel={name}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a focusable separator is a control */}
      <div
        className={classes.grip}
        role="separator"
        tabIndex={0}
        aria-orientation="vertical"
        aria-label={t("panel.resize")}
        aria-valuenow={width}
        aria-valuemin={NARROWEST}
        aria-valuemax={widest}
        onKeyDown={press}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onPointerUp={() => {
          if (dragged !== null) {
            onResize(dragged);
          }
          setDragged(null);
        }}
      />
      {children}
    </div>
  );
}
