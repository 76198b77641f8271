import { useEffect, useMemo, useRef, useState } from "react";
import { Refusal } from "@/api/client";
import { askAll } from "./asking";
import type { AskRows, InputColumn, RowAnswers } from "./inputs";
import { refusedCells } from "./refusedCells";
import { type GivenRows, givenRows, type TextProblem } from "./rowsText";

/** With more, `netloom predict` and the node `tables.predict` are the better ways. */
export const MOST_ROWS = 10_000;

/** Rows that were pasted or dropped, and what the model says of them. */
export interface SeveralRows {
  readonly text: string;
  readonly given: GivenRows | null;
  /** Why the text holds no rows. */
  readonly unreadable: TextProblem | "tooMany" | null;
  /** Texts that the server could not take, by row and column. */
  readonly refused: ReadonlyMap<string, string>;
  readonly answers: RowAnswers | null;
  /** How many rows are answered while others are awaited; null while nothing is asked. */
  readonly done: number | null;
  readonly problem: unknown;
  /** Nothing is wrong with the rows, and something is there. */
  readonly canAsk: boolean;
  write(text: string): void;
  ask(): void;
}

interface Asked {
  readonly answers: RowAnswers | null;
  readonly done: number | null;
  readonly problem: unknown;
  readonly refused: ReadonlyMap<string, string>;
}

const NOTHING: Asked = { answers: null, done: null, problem: null, refused: new Map() };

export function useSeveralRows(inputs: readonly InputColumn[], ask: AskRows): SeveralRows {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState<Asked>(NOTHING);
  const awaited = useRef<AbortController | null>(null);
  useEffect(() => () => awaited.current?.abort(), []);
  const found = useMemo(() => givenRows(text, inputs), [text, inputs]);
  const given = typeof found === "string" ? null : found;
  const isTooLong = (given?.rows.length ?? 0) > MOST_ROWS;
  const begin = async (rows: GivenRows["rows"]) => {
    awaited.current?.abort();
    const controller = new AbortController();
    awaited.current = controller;
    const { signal } = controller;
    let done = 0;
    const tell = (next: number) => {
      done = next;
      setAsked({ ...NOTHING, done });
    };
    tell(0);
    try {
      const answers = await askAll(
        ask,
        rows.map(({ row }) => row),
        tell,
        signal,
      );
      setAsked({ ...NOTHING, answers });
    } catch (problem) {
      if (!signal.aborted) {
        setAsked({ ...NOTHING, ...refusal(problem, done) });
      }
    }
  };
  return {
    ...asked,
    text,
    given: isTooLong ? null : given,
    unreadable: typeof found === "string" ? found : isTooLong ? "tooMany" : null,
    canAsk: given !== null && !isTooLong && asked.done === null && isFaultless(given),
    write: (next) => {
      awaited.current?.abort();
      setAsked(NOTHING);
      setText(next);
    },
    ask: () => given && void begin(given.rows),
  };
}

const isFaultless = ({ rows, lacking }: GivenRows): boolean =>
  lacking.length === 0 && rows.every(({ problems }) => Object.keys(problems).length === 0);

/** What belongs to cells is shown there, the rest above them. */
function refusal(problem: unknown, firstRow: number): Pick<Asked, "problem" | "refused"> {
  const diagnostics = problem instanceof Refusal ? problem.diagnostics : [];
  const refused = refusedCells(diagnostics, firstRow);
  return {
    refused,
    problem: refused.size > 0 && refused.size === diagnostics.length ? null : problem,
  };
}
