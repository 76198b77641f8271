import { useState } from "react";

/** What typed text stands for: a value, or why it stands for none. */
export type Reading = { readonly value: unknown } | { readonly problem: string };

interface Typed {
  text: string;
  problem: string;
  type(text: string): void;
}

/**
 * Text that is being typed and the value it stands for.
 *
 * What stands for a value is passed on at once; what does not stays here, marked. A value that comes from elsewhere
 * (undo, the text panel) replaces what was typed.
 */
export function useTyped(
  shown: string,
  read: (text: string) => Reading,
  onChange: (value: unknown) => void,
): Typed {
  const [typed, setTyped] = useState({ text: shown, shown });
  const isElsewhere = typed.shown !== shown;
  const text = isElsewhere ? shown : typed.text;
  if (isElsewhere) {
    setTyped({ text: sameMeaning(typed.text, shown, read) ? typed.text : shown, shown });
  }
  const reading = text === "" ? { value: undefined } : read(text);
  return {
    text,
    problem: "problem" in reading ? reading.problem : "",
    type(next) {
      setTyped({ text: next, shown });
      const result = next === "" ? { value: undefined } : read(next);
      if ("value" in result) {
        onChange(result.value);
      }
    },
  };
}

/** `0.50` and `0.5` are the same number: what was typed stays while one is typing. */
function sameMeaning(first: string, second: string, read: (text: string) => Reading): boolean {
  const [a, b] = [first, second].map((text) => (text === "" ? { value: undefined } : read(text)));
  return a !== undefined && b !== undefined && "value" in a && "value" in b && a.value === b.value;
}
