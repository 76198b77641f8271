import type { ControlProps } from "./control";
import { FreeControl } from "./FreeControl";
import type { Field } from "./field";

/** A mapping with keys of one's own: written as text, since any key may stand in it. */
export function MappingControl(props: ControlProps<Extract<Field, { kind: "mapping" }>>) {
  return <FreeControl {...props} mustBeMapping />;
}
