/** What a docstring in Google style says: text, and what each attribute is for. */

interface Docstring {
  text: string;
  helps: Readonly<Record<string, string>>;
}

const HEADING = /^(Attributes|Args|Arguments):\s*$/;
const ENTRY = /^\s{2,}(\w+):\s*(.*)$/;

/** Take the list of attributes out of a docstring. */
export function attributesOf(docstring: string): Docstring {
  const lines = docstring.split("\n");
  const start = lines.findIndex((line) => HEADING.test(line));
  if (start < 0) {
    return { text: docstring.trim(), helps: {} };
  }
  const length = lines.slice(start + 1).findIndex((line) => /^\S/.test(line));
  const end = length < 0 ? lines.length : start + 1 + length;
  const text = [...lines.slice(0, start), ...lines.slice(end)].join("\n").trim();
  return { text, helps: helpsOf(lines.slice(start + 1, end)) };
}

function helpsOf(lines: readonly string[]): Record<string, string> {
  const helps: Record<string, string> = {};
  let current = "";
  for (const line of lines) {
    const [, name, help] = ENTRY.exec(line) ?? [];
    if (name !== undefined && /^\s{2,4}\w/.test(line)) {
      current = name;
      helps[name] = help ?? "";
    } else if (current !== "" && line.trim() !== "") {
      helps[current] = `${helps[current]} ${line.trim()}`;
    }
  }
  return helps;
}
