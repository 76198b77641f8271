import { createContext, useContext } from "react";
import type { Diagnostic } from "@/editor/types";
import type { NamedColumn } from "@/tables/columnTypes";
import type { ColumnReference } from "@/tables/knownColumns";

/** What the fields of a form share. */
export interface FormSurroundings {
  /** Ids of elements on the page begin with it. */
  idPrefix: string;
  isReadOnly: boolean;
  hasHelp: boolean;
  /** What is wrong with settings, by dotted path. */
  problems: readonly Diagnostic[];
  /** Variables of the pipeline that settings may be bound to. */
  variables: Readonly<Record<string, unknown>>;
  /** Make a variable of this value and bind the setting to it. */
  onNewVariable: ((setting: string, name: string, value: unknown) => void) | null;
  /** Columns that the setting at a path may name; null if they are not known. */
  columnsAt: ColumnsAt;
}

export type ColumnsAt = (reference: ColumnReference, path: string) => readonly NamedColumn[] | null;

export const NO_COLUMNS: ColumnsAt = () => null;

const FormContext = createContext<FormSurroundings>({
  idPrefix: "form",
  isReadOnly: false,
  hasHelp: true,
  problems: [],
  variables: {},
  onNewVariable: null,
  columnsAt: NO_COLUMNS,
});

export const FormProvider = FormContext.Provider;

export const useForm = (): FormSurroundings => useContext(FormContext);

/** The id of the control of a setting. */
export const controlId = (prefix: string, path: string): string => `${prefix}:${path}`;

/** Problems at a setting itself, or (for `within`) also at what is inside it. */
export function problemsAt(
  problems: readonly Diagnostic[],
  path: string,
  { within = false }: { within?: boolean } = {},
): readonly Diagnostic[] {
  return problems.filter(({ place }) => {
    const setting = place?.setting ?? "";
    return setting === path || (within && setting.startsWith(`${path}.`));
  });
}
