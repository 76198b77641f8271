/** An entry of the audit log as people read it. */
import type { Schemas } from "@/api/client";

type Entry = Pick<Schemas["AuditEntry"], "about" | "details">;

/** What an entry is about, by the name people know, else by its id. */
export function nameOf({ about, details }: Entry): string {
  return typeof details.name === "string" && details.name !== "" ? details.name : about;
}

/** The other details in one line: `visibility: shared · bob: run`. */
export function detailsText({ details }: Pick<Entry, "details">): string {
  const { name: _, ...others } = details;
  return pairs(others).join(" · ");
}

function pairs(details: Record<string, unknown>): string[] {
  return Object.entries(details).flatMap(([key, value]) => {
    if (Array.isArray(value)) {
      return value.length > 0 ? [`${key}: ${value.join(", ")}`] : [];
    }
    return typeof value === "object" && value !== null
      ? pairs(value as Record<string, unknown>)
      : [`${key}: ${value}`];
  });
}
