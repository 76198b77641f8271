import { useTranslation } from "react-i18next";
import { type DiffLine, diffLines, sideBySide } from "./textDiff";
import classes from "./Versions.module.css";

interface DiffTableProps {
  unified: string;
  isSideBySide: boolean;
}

/** Lines that differ, in one column or in two. */
export function DiffTable({ unified, isSideBySide }: DiffTableProps) {
  const { t } = useTranslation("inspector");
  const lines = diffLines(unified);
  const rows = isSideBySide
    ? sideBySide(lines).map(([before, after]) => [before, after])
    : lines.map((line) => [line]);
  return (
    <div className={classes.diffBox}>
      <table className={classes.diff} aria-label={t("versions.textDiff")}>
        <tbody>
          {rows.map((sides, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
            <tr key={row}>
              {isSideBySide ? (
                <>
                  <HalfRow line={sides[0] ?? null} side="before" />
                  <HalfRow line={sides[1] ?? null} side="after" />
                </>
              ) : (
                <WholeRow line={sides[0] ?? null} />
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const SIGNS = { same: " ", removed: "−", added: "+", gap: "⋯" };

function WholeRow({ line }: { line: DiffLine | null }) {
  return line === null ? null : (
    <>
      <td className={classes.lineNumber}>{line.before}</td>
      <td className={classes.lineNumber}>{line.after}</td>
      <td className={classes.lineText} data-kind={line.kind}>
        <span aria-hidden>{SIGNS[line.kind]} </span>
        {line.text}
      </td>
    </>
  );
}

function HalfRow({ line, side }: { line: DiffLine | null; side: "before" | "after" }) {
  return (
    <>
      <td className={classes.lineNumber}>{line?.[side]}</td>
      <td className={classes.lineText} data-kind={line?.kind ?? "none"}>
        {line?.kind === "gap" ? SIGNS.gap : line?.text}
      </td>
    </>
  );
}
