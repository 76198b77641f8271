import { MARK_PATHS, portLook } from "./ports";

interface PortMarkProps {
  type: string;
  /** `open`: an outline, it may be connected; `wanting`: with a ring around, it has to be. */
  need?: "met" | "open" | "wanting";
  isMany?: boolean;
}

/** The sign of a port: shape and colour by the family of its type, doubled where several connections fit in. */
export function PortMark({ type, need = "met", isMany = false }: PortMarkProps) {
  const { mark, colour } = portLook(type);
  const path = MARK_PATHS[mark];
  return (
    <svg width={12} height={12} viewBox="0 0 12 12" aria-hidden style={{ overflow: "visible" }}>
      {isMany && <path d={path} fill={colour} opacity={0.45} transform="translate(0 4)" />}
      {need === "wanting" && (
        <circle cx={6} cy={6} r={8} fill="var(--nl-surface)" stroke={colour} strokeWidth={1.5} />
      )}
      <path
        d={path}
        fill={need === "open" ? "var(--nl-surface)" : colour}
        stroke={need === "open" ? colour : "var(--nl-surface)"}
        strokeWidth={need === "open" ? 1.75 : 1}
        transform={need === "wanting" ? "translate(1.2 1.2) scale(0.8)" : undefined}
      />
    </svg>
  );
}
