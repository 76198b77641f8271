import Anser from "anser";
import { memo, type ReactNode } from "react";
import classes from "./LogViewer.module.css";
import { isProblem, plain } from "./logLines";

interface LogLineProps {
  line: string;
  /** 1-based. */
  number: number;
  /** What is searched for; marked where it occurs. */
  text: string;
  isHit: boolean;
}

/** One line of a log: its number, its colours, and what is searched for. */
export const LogLine = memo(function LogLine({ line, number, text, isHit }: LogLineProps) {
  return (
    <div
      className={classes.line}
      data-hit={isHit || undefined}
      data-problem={isProblem(line) || undefined}
    >
      <span className={classes.number} aria-hidden>
        {number}
      </span>
      <span className={classes.text}>
        {text === "" ? coloured(line) : marked(plain(line), text)}
      </span>
    </div>
  );
});

const BASE_COLOURS = /^ansi-(bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/;

function coloured(line: string): ReactNode {
  if (!line.includes("\u001b")) {
    return line;
  }
  const parts = Anser.ansiToJson(line, { json: true, use_classes: true, remove_empty: true });
  let at = 0;
  return parts.map(({ fg, content, decorations }) => {
    const colour = BASE_COLOURS.exec(fg ?? "")?.[2];
    const isBold = decorations.includes("bold") || undefined;
    at += content.length;
    return (
      <span key={at} data-colour={colour} data-bold={isBold}>
        {content}
      </span>
    );
  });
}

function marked(line: string, text: string): ReactNode {
  const parts: ReactNode[] = [];
  const lower = line.toLowerCase();
  const wanted = text.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    parts.push(line.slice(from, at), <mark key={at}>{line.slice(at, at + text.length)}</mark>);
    from = at + text.length;
  }
  return [...parts, line.slice(from)];
}
