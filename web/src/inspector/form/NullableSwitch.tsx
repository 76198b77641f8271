import { Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ControlProps } from "./control";
import { useForm } from "./FormContext";
import { startValue } from "./fieldValues";

/** None, or a value with an inside. */
export function NullableSwitch({ props, onOpen }: { props: ControlProps; onOpen: () => void }) {
  const { own, standard, label, field, onChange } = props;
  const { t } = useTranslation("inspector");
  const { isReadOnly } = useForm();
  const applied = own === undefined ? standard : own;
  const isOn = applied !== null && applied !== undefined;
  const turn = (on: boolean) => {
    if (!on) {
      onChange(standard === null ? undefined : null);
    } else {
      onChange(standard === null || standard === undefined ? startValue(field) : undefined);
      onOpen();
    }
  };
  return (
    <Switch
      checked={isOn}
      disabled={isReadOnly}
      aria-label={t("form.use", { name: label })}
      onChange={(event) => turn(event.currentTarget.checked)}
    />
  );
}
