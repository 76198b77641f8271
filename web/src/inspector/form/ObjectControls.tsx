import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ControlProps } from "./control";
import { FieldRow } from "./FieldRow";
import classes from "./Form.module.css";
import { controlId, useForm } from "./FormContext";
import type { NamedField, ObjectField, VariantsField } from "./field";
import { innerStandard, variantOf, variantValue } from "./fieldValues";
import { Help } from "./Help";
import { isMapping } from "./template";

/** A mapping with known keys. */
export function ObjectControl(props: ControlProps<ObjectField>) {
  return (
    <div className={classes.form}>
      <Fields
        fields={props.field.fields()}
        path={props.path}
        own={isMapping(props.own) ? props.own : {}}
        standard={props.standard}
        onChange={(value) => props.onChange(orUnset(value, props.standard))}
      />
    </div>
  );
}

/** A mapping of one of several kinds: which kind, then what it has. */
export function VariantsControl(props: ControlProps<VariantsField>) {
  const { field, path, own, standard, label, onChange } = props;
  const { t } = useTranslation("inspector");
  const { idPrefix, isReadOnly, hasHelp } = useForm();
  const mine = isMapping(own) ? own : {};
  const variant = variantOf(field, field.property in mine ? mine : standard);
  const isStandard = variant !== undefined && variantOf(field, standard) === variant;
  const choose = (tag: string | null) => {
    const chosen = field.variants.find((each) => each.tag === tag);
    if (chosen !== undefined) {
      onChange(orUnset(variantValue(field, chosen, mine), standard, field.property));
    }
  };
  return (
    <div className={classes.form}>
      <Select
        id={controlId(idPrefix, path)}
        aria-label={t("form.kindOf", { name: label })}
        data={field.variants.map(({ tag, title }) => ({ value: tag, label: title || tag }))}
        value={variant?.tag ?? null}
        placeholder={t("form.choose")}
        allowDeselect={false}
        searchable={field.variants.length > 8}
        disabled={isReadOnly}
        onChange={choose}
      />
      {hasHelp && variant?.help && <Help className={classes.help} text={variant.help} />}
      {variant && (
        <Fields
          key={variant.tag}
          fields={variant.fields()}
          path={path}
          own={mine}
          standard={isStandard ? standard : undefined}
          onChange={(value) => onChange(orUnset(value, standard, field.property))}
        />
      )}
    </div>
  );
}

interface FieldsProps {
  fields: readonly NamedField[];
  path: string;
  own: Readonly<Record<string, unknown>>;
  standard: unknown;
  onChange(value: Record<string, unknown>): void;
}

function Fields({ fields, path, own, standard, onChange }: FieldsProps) {
  return fields.map((named) => (
    <FieldRow
      key={named.name}
      named={named}
      path={`${path}.${named.name}`}
      own={own[named.name]}
      standard={innerStandard(standard, named)}
      onChange={(value) => onChange(withValue(own, named.name, value))}
    />
  ));
}

/** A mapping with one value changed, or without it. */
export function withValue(
  mapping: Readonly<Record<string, unknown>>,
  key: string,
  value: unknown,
): Record<string, unknown> {
  const { [key]: _, ...others } = mapping;
  if (value === undefined) {
    return others;
  }
  return key in mapping ? { ...mapping, [key]: value } : { ...others, [key]: value };
}

/** A mapping in which nothing is set any more says no more than the default: it is not set either. */
function orUnset(
  value: Record<string, unknown>,
  standard: unknown,
  tagProperty = "",
): Record<string, unknown> | undefined {
  const rest = Object.keys(value).filter(
    (key) => key !== tagProperty || !isMapping(standard) || standard[key] !== value[key],
  );
  return rest.length === 0 && isMapping(standard) ? undefined : value;
}
