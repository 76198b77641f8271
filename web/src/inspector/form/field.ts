/**
 * The form of a value: what a JSON Schema says, in the words of a form.
 *
 * Forms of inner values are read when they are shown: schemas may contain themselves.
 */

import type { ColumnReference } from "@/tables/knownColumns";

/** What may be chosen for a value, without saying where it stands. */
export type Field =
  | TextField
  | NumberField
  | { readonly kind: "boolean" }
  | ChoiceField
  | { readonly kind: "constant"; readonly value: unknown; readonly titles?: Titles }
  | ObjectField
  | VariantsField
  | ListField
  | TupleField
  | AlternativesField
  | { readonly kind: "mapping"; readonly value: () => Field }
  /** Any JSON: written as text. */
  | { readonly kind: "free" };

export interface TextField {
  readonly kind: "text";
  readonly minLength: number;
  readonly isPath: boolean;
  /** SQL: several lines. */
  readonly isSql?: boolean;
  /** It names a column of a table. */
  readonly column?: ColumnReference;
}

export interface NumberField {
  readonly kind: "number";
  readonly isInteger: boolean;
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** Whether the limits themselves are left out. */
  readonly isAboveMinimum: boolean;
  readonly isBelowMaximum: boolean;
  /** Stands beside others in one line: no room for a slider. */
  readonly isCompact?: boolean;
}

export interface ChoiceField {
  readonly kind: "choice";
  readonly options: readonly (string | number)[];
  /** What options are called; those that have no title go by themselves. */
  readonly titles: Titles;
}

/** Titles of words by word. */
export type Titles = Readonly<Record<string, string>>;

/** A value inside another one, with a name. */
export interface NamedField {
  readonly name: string;
  /** What it is called in the reader's language; empty if its name says as much. */
  readonly title: string;
  readonly help: string;
  readonly field: Field;
  /** `null` is a value: nothing, none, off. */
  readonly isNullable: boolean;
  readonly isRequired: boolean;
  /** Undefined if there is none. */
  readonly standard: unknown;
}

export interface ObjectField {
  readonly kind: "object";
  readonly title: string;
  readonly help: string;
  readonly fields: () => readonly NamedField[];
}

export interface Variant {
  readonly tag: string;
  /** What it is called; empty if the tag says as much. */
  readonly title: string;
  readonly help: string;
  /** Without the tag. */
  readonly fields: () => readonly NamedField[];
}

/** One of several kinds of mapping; the value of one key says which. */
export interface VariantsField {
  readonly kind: "variants";
  readonly property: string;
  readonly variants: readonly Variant[];
}

export interface ListField {
  readonly kind: "list";
  readonly item: () => Field;
  readonly minItems: number;
  readonly maxItems: number | null;
}

/** What each of a list's texts names, if they are names of columns. */
export function columnOfItems(field: Field): ColumnReference | undefined {
  const item = field.kind === "list" ? field.item() : null;
  return item?.kind === "text" ? item.column : undefined;
}

export interface TupleField {
  readonly kind: "tuple";
  readonly items: readonly Field[];
}

/** One of several forms that nothing but the value tells apart. */
export interface AlternativesField {
  readonly kind: "alternatives";
  readonly options: readonly Field[];
}
