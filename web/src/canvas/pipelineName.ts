/** The name of a pipeline in its text. */
import { stringify } from "yaml";

const NAME_LINE = /^name:[^\n]*$/m;

/** The text with another name; everything else stays as it is written. */
export function withName(text: string, name: string): string {
  const line = `name: ${stringify(name).trim()}`;
  if (NAME_LINE.test(text)) {
    return text.replace(NAME_LINE, () => line);
  }
  const version = /^netloom:[^\n]*\n/m.exec(text);
  const end = version === null ? 0 : version.index + version[0].length;
  return `${text.slice(0, end)}${line}\n${text.slice(end)}`;
}

/** The name a text gives; empty if it gives none. */
export function nameIn(text: string): string {
  const written = NAME_LINE.exec(text)?.[0].slice("name:".length).trim() ?? "";
  const bare = written.replace(/\s+#.*$/, "");
  const quoted = /^(["'])(.*)\1$/.exec(bare);
  return quoted?.[2]?.replace(/\\"/g, '"').replace(/''/g, "'") ?? bare;
}
