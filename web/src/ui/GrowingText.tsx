import { Textarea, type TextareaProps } from "@mantine/core";
import classes from "./GrowingText.module.css";

interface GrowingTextProps extends Omit<TextareaProps, "rows" | "value"> {
  value: string;
  minRows: number;
  maxRows: number;
}

/**
 * A field that is as tall as its text, within limits.
 *
 * Nothing is measured: that would have the browser lay out the whole page whenever such a field appears.
 */
export function GrowingText({ value, minRows, maxRows, classNames, ...shared }: GrowingTextProps) {
  const lines = value.split("\n").length;
  const given = typeof classNames === "object" ? classNames : {};
  return (
    <Textarea
      {...shared}
      value={value}
      rows={Math.min(Math.max(lines, minRows), maxRows)}
      classNames={{ ...given, input: `${classes.input} ${given.input ?? ""}` }}
      styles={{ input: { maxHeight: `${maxRows * 1.6}em` } }}
    />
  );
}
