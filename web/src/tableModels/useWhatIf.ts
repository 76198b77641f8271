import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { rowQuery } from "./asking";
import {
  type ChangedEntry,
  changedEntries,
  type Entries,
  type Entry,
  filledIn,
  usualEntries,
} from "./entries";
import type { AskRows, InputColumn, RowAnswers } from "./inputs";
import type { CellProblem } from "./values";

const SETTLED_MS = 250;

/** A row that is filled in and changed, and what the model says of it each time. */
export interface WhatIf {
  readonly entries: Entries;
  readonly problems: Readonly<Record<string, CellProblem>>;
  /** Which fields differ from those of the start. */
  readonly changes: readonly ChangedEntry[];
  /** The newest answer; stays while the next one is awaited, or while something cannot be read. */
  readonly answer: RowAnswers | null;
  /** What was said of the row that changes are compared with. */
  readonly start: Readonly<Record<string, unknown>> | null;
  readonly isAsking: boolean;
  readonly problem: unknown;
  change(name: string, entry: Entry): void;
  /** Put a field back to what it was at the start. */
  putBack(name: string): void;
  /** Put all fields back. */
  putAllBack(): void;
  /** Compare with the row as it is now. */
  startHere(): void;
  /** Fill in another row, and compare with it. */
  fillIn(entries: Entries): void;
}

/** `source` tells models apart, and states of a deployment: answers are kept by it. */
export function useWhatIf(columns: readonly InputColumn[], source: string, ask: AskRows): WhatIf {
  const [entries, setEntries] = useState(() => usualEntries(columns));
  const [start, setStart] = useState(entries);
  const now = useMemo(() => filledIn(columns, entries), [columns, entries]);
  const before = useMemo(() => filledIn(columns, start), [columns, start]);
  const [settled] = useDebouncedValue(now, SETTLED_MS);
  const canAsk = Object.keys(settled.problems).length === 0;
  const query = useQuery({
    ...rowQuery(source, settled.row, ask),
    enabled: canAsk,
    placeholderData: keepPreviousData,
  });
  const startQuery = useQuery({
    ...rowQuery(source, before.row, ask),
    enabled: Object.keys(before.problems).length === 0,
  });
  const fillIn = (wanted: Entries) => {
    setEntries(wanted);
    setStart(wanted);
  };
  return {
    entries,
    problems: now.problems,
    changes: useMemo(() => changedEntries(start, entries), [start, entries]),
    answer: query.data ?? null,
    start: startQuery.data?.rows[0] ?? null,
    isAsking: query.isFetching || now !== settled,
    problem: query.error,
    change: (name, entry) => setEntries((all) => ({ ...all, [name]: entry })),
    putBack: (name) =>
      setEntries((all) => ({ ...all, [name]: start[name] ?? all[name] }) as Entries),
    putAllBack: () => setEntries(start),
    startHere: () => setStart(entries),
    fillIn,
  };
}
