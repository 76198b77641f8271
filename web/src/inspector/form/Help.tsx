import { Fragment } from "react";

/** One paragraph of help: `code` in backticks, *emphasis* in stars, nothing else. */
export function Help({ text, className }: { text: string; className?: string }) {
  return (
    <p className={className}>
      <InlineText text={text} />
    </p>
  );
}

/** Text with code and emphasis. It becomes elements, never HTML. */
export function InlineText({ text }: { text: string }) {
  const parts = text.split(/(``[^`]+``|`[^`\n]+`|\*\*[^*\n]+\*\*|\*[^*\s][^*\n]*\*)/);
  return parts.map((part, index) => {
    const key = `${index}:${part}`;
    if (part.startsWith("`")) {
      return <code key={key}>{part.replace(/^`+|`+$/g, "")}</code>;
    }
    if (part.startsWith("**") && part.length > 4) {
      return <strong key={key}>{part.slice(2, -2)}</strong>;
    }
    if (part.startsWith("*") && part.length > 2) {
      return <em key={key}>{part.slice(1, -1)}</em>;
    }
    return <Fragment key={key}>{part.replace(/\s*\n\s*/g, " ")}</Fragment>;
  });
}
