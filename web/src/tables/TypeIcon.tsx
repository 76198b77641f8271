import {
  IconAlphabetLatin,
  IconBinary,
  IconBraces,
  IconBrackets,
  IconCalendar,
  IconHash,
  IconQuestionMark,
  IconToggleLeft,
} from "@tabler/icons-react";
import { familyOf, type TypeFamily } from "./columnTypes";
import classes from "./TypeIcon.module.css";

const ICONS: Record<TypeFamily, typeof IconHash> = {
  number: IconHash,
  text: IconAlphabetLatin,
  boolean: IconToggleLeft,
  time: IconCalendar,
  bytes: IconBinary,
  list: IconBrackets,
  map: IconBraces,
  unknown: IconQuestionMark,
};

/** The sign of a column's type. What it is called stands beside it, or in the title of what it is in. */
export function TypeIcon({ type, size = 14 }: { type: string | null; size?: number }) {
  const family = familyOf(type);
  const Icon = ICONS[family];
  return (
    <Icon className={classes.icon} data-family={family} size={size} stroke={1.8} aria-hidden />
  );
}
