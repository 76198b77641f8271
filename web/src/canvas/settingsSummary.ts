/** Settings of a node on one line: what was set, short. */
import { formatNumber } from "@/ui/formatting";

const LONGEST = 28;

function shortened(text: string): string {
  if (text.length <= LONGEST) {
    return text;
  }
  const end = text.slice(-(LONGEST - 1)); // of a path, the end tells most
  return text.includes("/") ? `…${end}` : `${text.slice(0, LONGEST - 1)}…`;
}

/** A value of a setting in a few letters: a structured one by its `type`, a list by its items. */
export function valueSummary(value: unknown): string {
  if (value === null || value === undefined) {
    return "–";
  }
  if (typeof value === "number") {
    return formatNumber(value);
  }
  if (Array.isArray(value)) {
    const items = value.map(valueSummary).join(", ");
    return items.length <= LONGEST ? items : `${value.length} ×`;
  }
  if (typeof value === "object") {
    const { $template: template, type, ...rest } = value as Record<string, unknown>;
    if (typeof template === "string") {
      return template;
    }
    return typeof type === "string" ? type : shortened(Object.keys(rest).join(", "));
  }
  return shortened(String(value));
}

/** `epochs 20 · optimizer adamw`. */
export function settingsSummary(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([name, value]) => (value === true ? name : `${name} ${valueSummary(value)}`))
    .join(" · ");
}
