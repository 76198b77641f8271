/** References in settings: `{"$template": "${vars.size}"}`. */

export interface Template {
  $template: string;
}

export function isTemplate(value: unknown): value is Template {
  return isMapping(value) && typeof value.$template === "string";
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The variable that a reference is to, if it is nothing but one: `${vars.size}` → `size`. */
export function variableOf(template: Template): string | null {
  return /^\$\{vars\.([\w.]+)\}$/.exec(template.$template.trim())?.[1] ?? null;
}

export function referenceTo(variable: string): Template {
  return { $template: `\${vars.${variable}}` };
}
