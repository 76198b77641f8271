import { Code } from "@mantine/core";
import { AlternativesControl } from "./AlternativesControl";
import type { ControlProps } from "./control";
import { FreeControl } from "./FreeControl";
import type { Field } from "./field";
import { valueText } from "./fieldValues";
import { ListControl } from "./ListControl";
import { MappingControl } from "./MappingControl";
import { ObjectControl, VariantsControl } from "./ObjectControls";
import { BooleanControl, ChoiceControl, NumberControl, TextControl } from "./ScalarControls";
import { TupleControl } from "./TupleControl";

/** Whether a value needs more than a line: it gets its own foldable part of the form. */
export function isComposite(field: Field): boolean {
  switch (field.kind) {
    case "object":
    case "variants":
    case "mapping":
    case "free":
      return true;
    case "list":
      return true;
    case "alternatives":
      return field.options.some(
        (option) => isComposite(option) && option.kind !== "object" && option.kind !== "list",
      );
    default:
      return false;
  }
}

/** The control that fits a field. */
export function Control(props: ControlProps) {
  const { field } = props;
  switch (field.kind) {
    case "text":
      return <TextControl {...props} field={field} />;
    case "number":
      return <NumberControl {...props} field={field} />;
    case "boolean":
      return <BooleanControl {...props} />;
    case "choice":
      return <ChoiceControl {...props} field={field} />;
    case "constant":
      return <Code>{valueText(field.value)}</Code>;
    case "object":
      return <ObjectControl {...props} field={field} />;
    case "variants":
      return <VariantsControl {...props} field={field} />;
    case "list":
      return <ListControl {...props} field={field} />;
    case "tuple":
      return <TupleControl {...props} field={field} />;
    case "alternatives":
      return <AlternativesControl {...props} field={field} />;
    case "mapping":
      return <MappingControl {...props} field={field} />;
    case "free":
      return <FreeControl {...props} />;
  }
}
