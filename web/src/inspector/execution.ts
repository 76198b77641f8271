/** What may be said about how a node is executed: the `needs` of a pipeline file, and attempts. */
import type { Schema } from "./form/schema";

const MEGABYTES = { anyOf: [{ type: "integer", exclusiveMinimum: 0 }, { type: "null" }] };

const PROPERTIES: Readonly<Record<string, Schema>> = {
  cpus: { type: "number", minimum: 0 },
  gpus: {
    anyOf: [
      { type: "integer", minimum: 0 },
      {
        type: "array",
        prefixItems: [
          { type: "integer", minimum: 0 },
          { type: "integer", minimum: 0 },
        ],
      },
    ],
  },
  memory_mb: MEGABYTES,
  gpu_memory_mb: MEGABYTES,
  retries: { type: "integer", minimum: 0, maximum: 1000 },
  timeout_s: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }] },
};

const STANDARDS: Readonly<Record<string, unknown>> = {
  cpus: 1,
  gpus: 0,
  memory_mb: null,
  gpu_memory_mb: null,
  retries: 0,
  timeout_s: null,
};

/** The schema of a node's execution; `usual` is what its operator needs by itself. */
export function executionSchema(usual: Readonly<Record<string, unknown>>): Schema {
  const properties = Object.entries(PROPERTIES).map(([name, schema]) => [
    name,
    { ...schema, default: usual[name] ?? STANDARDS[name] },
  ]);
  return { type: "object", properties: Object.fromEntries(properties) };
}
