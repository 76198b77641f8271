import classes from "./DocText.module.css";
import { InlineText } from "./form/Help";

/** Help as it stands in a docstring: paragraphs, lists, indented code. Becomes elements, never HTML. */
export function DocText({ text }: { text: string }) {
  return (
    <div className={classes.doc}>
      {blocksOf(text).map((block) => (
        <Block key={block.lines.join("\n")} block={block} />
      ))}
    </div>
  );
}

function Block({ block }: { block: DocBlock }) {
  switch (block.kind) {
    case "code":
      return <pre>{block.lines.join("\n")}</pre>;
    case "list":
      return (
        <ul>
          {block.lines.map((line) => (
            <li key={line}>
              <InlineText text={line} />
            </li>
          ))}
        </ul>
      );
    case "paragraph":
      return (
        <p>
          <InlineText text={block.lines.join(" ")} />
        </p>
      );
  }
}

export interface DocBlock {
  kind: "paragraph" | "list" | "code";
  lines: string[];
}

/** Cut help into blocks: empty lines separate, four spaces mean code, `-` and `*` begin items. */
export function blocksOf(text: string): DocBlock[] {
  return text
    .split(/\n\s*\n/)
    .map((block) => block.split("\n").filter((line) => line.trim() !== ""))
    .filter((lines) => lines.length > 0)
    .map(blockOf);
}

function blockOf(lines: string[]): DocBlock {
  if (lines.every((line) => line.startsWith("    "))) {
    return { kind: "code", lines: lines.map((line) => line.slice(4)) };
  }
  if (/^\s*[-*] /.test(lines[0] ?? "")) {
    return { kind: "list", lines: itemsOf(lines) };
  }
  return { kind: "paragraph", lines: lines.map((line) => line.trim()) };
}

function itemsOf(lines: readonly string[]): string[] {
  const items: string[] = [];
  for (const line of lines) {
    const [, item] = /^\s*[-*] (.*)$/.exec(line) ?? [];
    if (item !== undefined) {
      items.push(item);
    } else {
      items.push(`${items.pop() ?? ""} ${line.trim()}`);
    }
  }
  return items;
}
