import { Code } from "@mantine/core";
import { lazy, Suspense } from "react";
import { AlternativesControl } from "./AlternativesControl";
import type { ControlProps } from "./control";
import { FreeControl } from "./FreeControl";
import { columnOfItems, type Field } from "./field";
import { valueText } from "./fieldValues";
import { ListControl } from "./ListControl";
import { MappingControl } from "./MappingControl";
import { ObjectControl, VariantsControl } from "./ObjectControls";
import { BooleanControl, ChoiceControl, NumberControl, TextControl } from "./ScalarControls";
import { SqlControl } from "./SqlControl";
import { TupleControl } from "./TupleControl";

// Few forms name columns: what these need is loaded with the first that does.
const controls = () => import("./ColumnControls");
const ColumnControl = lazy(() => controls().then((all) => ({ default: all.ColumnControl })));
const ColumnsControl = lazy(() => controls().then((all) => ({ default: all.ColumnsControl })));

/** Whether a value needs more than a line: it gets its own foldable part of the form. */
export function isComposite(field: Field): boolean {
  switch (field.kind) {
    case "object":
    case "variants":
    case "mapping":
    case "free":
      return true;
    case "list":
      return columnOfItems(field) === undefined;
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
      return field.isSql ? (
        <SqlControl {...props} field={field} />
      ) : field.column === undefined ? (
        <TextControl {...props} field={field} />
      ) : (
        <Suspense fallback={null}>
          <ColumnControl {...props} column={field.column} />
        </Suspense>
      );
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
      return columnOfItems(field) === undefined ? (
        <ListControl {...props} field={field} />
      ) : (
        <Suspense fallback={null}>
          <ColumnsControl {...props} field={field} />
        </Suspense>
      );
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
