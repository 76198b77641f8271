/** What every control of a form is given. */
import type { Field } from "./field";

export interface ControlProps<F extends Field = Field> {
  field: F;
  /** Dotted, from the setting on: `optimizer.learning_rate`. */
  path: string;
  label: string;
  /** Undefined while it is not set. */
  own: unknown;
  /** What applies while it is not set; undefined if something must be set. */
  standard: unknown;
  isNullable: boolean;
  unit: string;
  /** Undefined returns to the default. */
  onChange(value: unknown): void;
}
