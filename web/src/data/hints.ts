/** What somebody should know of their data before they train with it, most important first. */
import type { Findings } from "./datasets";

export type HintSeverity = "problem" | "warning" | "good";

/** One remark; its words are the text `data:hint.<id>` with `values`. */
export interface Hint {
  readonly id: string;
  readonly severity: HintSeverity;
  readonly values: Readonly<Record<string, string | number>>;
  /** Which tab shows more of it. */
  readonly tab?: "duplicates" | "gallery";
}

/** Fewer pictures than these teach a class badly, however one trains. */
export const FEW_IMAGES = 10;
/** The largest class may have so many times the pictures of the smallest. */
const BALANCED_RATIO = 5;
const TINY_PIXELS = 16;
const LARGE_PIXELS = 1024;
const NAMED_CLASSES = 3;
const SEVERITIES: readonly HintSeverity[] = ["problem", "warning", "good"];

/** The hints for a data set; never empty: nothing to complain about is said too. */
export function hintsOf(findings: Findings): Hint[] {
  const hints = [...labelHints(findings), ...copyHints(findings), ...sizeHints(findings)];
  if (!hints.some(({ severity }) => severity !== "good")) {
    hints.unshift(hint("fine", "good"));
  }
  return SEVERITIES.flatMap((severity) => hints.filter((each) => each.severity === severity));
}

const hint = (
  id: string,
  severity: HintSeverity,
  values: Hint["values"] = {},
  tab?: Hint["tab"],
): Hint => ({ id, severity, values, ...(tab && { tab }) });

function labelHints(findings: Findings): Hint[] {
  if (findings.annotations) {
    return skippedHints(findings); // classes are in the annotations, which a survey does not count
  }
  const { classes, num_images, num_unlabelled } = findings;
  const hints = skippedHints(findings);
  if (classes.length === 0) {
    return [...hints, hint("noClasses", "warning")];
  }
  if (classes.length === 1) {
    hints.push(hint("oneClass", "problem"));
  }
  if (num_unlabelled > 0 && num_unlabelled < num_images) {
    hints.push(hint("unlabelled", "warning", { count: num_unlabelled }, "gallery"));
  }
  const few = classes.filter((each) => each.num_images < FEW_IMAGES);
  if (few.length > 0) {
    const values = { count: few.length, few: FEW_IMAGES, names: namesOf(few) };
    hints.push(hint("fewImages", "warning", values));
  }
  return [...hints, ...balanceHints(findings)];
}

const skippedHints = ({ skipped }: Findings): Hint[] =>
  skipped.total > 0 ? [hint("skipped", "problem", { count: skipped.total })] : [];

function balanceHints({ classes }: Findings): Hint[] {
  const [first, ...rest] = [...classes].sort((a, b) => b.num_images - a.num_images);
  const last = rest.at(-1);
  if (first === undefined || last === undefined || last.num_images === 0) {
    return [];
  }
  const ratio = first.num_images / last.num_images;
  return ratio < BALANCED_RATIO
    ? []
    : [
        hint("imbalance", "warning", {
          most: first.name,
          least: last.name,
          ratio: Math.round(ratio),
        }),
      ];
}

function copyHints({ conflicts, leaks, duplicates, near_duplicates }: Findings): Hint[] {
  const hints: Hint[] = [];
  if (conflicts.num_groups > 0) {
    hints.push(hint("conflicts", "problem", { count: conflicts.num_groups }, "duplicates"));
  }
  for (const { part, num_images } of leaks.filter((leak) => leak.num_images > 0)) {
    hints.push(hint("leak", "problem", { count: num_images, part }, "duplicates"));
  }
  if (duplicates.num_groups > 0) {
    hints.push(hint("duplicates", "warning", { count: duplicates.num_images }, "duplicates"));
  }
  if (near_duplicates.num_groups > 0) {
    const values = { count: near_duplicates.num_images };
    hints.push(hint("nearDuplicates", "warning", values, "duplicates"));
  }
  return hints;
}

function sizeHints({ width, height }: Findings): Hint[] {
  if (width === null || height === null) {
    return [];
  }
  const longest = Math.max(width.median, height.median);
  const values = { width: Math.round(width.median), height: Math.round(height.median) };
  if (longest <= TINY_PIXELS) {
    return [hint("tiny", "good", values)];
  }
  return longest >= LARGE_PIXELS ? [hint("large", "good", values)] : [];
}

function namesOf(classes: Findings["classes"]): string {
  const names = classes.slice(0, NAMED_CLASSES).map((each) => each.name);
  return names.join(", ") + (classes.length > NAMED_CLASSES ? " …" : "");
}
