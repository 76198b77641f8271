/** How settings are called on the page. The names themselves are those of the file; only their spelling is easier. */

const UNITS: Readonly<Record<string, string>> = {
  s: "s",
  ms: "ms",
  bytes: "B",
  kb: "kB",
  mb: "MB",
  gb: "GB",
  px: "px",
  percent: "%",
};

export interface SpelledName {
  label: string;
  /** Empty if the name says none. */
  unit: string;
}

/** `max_time_s` → `Max time` in `s`; `p` stays `p`. */
export function spelledName(name: string): SpelledName {
  const words = name.split("_").filter((word) => word !== "");
  const last = words.at(-1) ?? "";
  const unit = words.length > 1 ? (UNITS[last] ?? "") : "";
  const label = (unit === "" ? words : words.slice(0, -1)).join(" ");
  return { label: label.length > 1 ? label[0]?.toUpperCase() + label.slice(1) : label, unit };
}
