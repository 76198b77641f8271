import { ActionIcon } from "@mantine/core";
import {
  IconAlertCircle,
  IconAlertTriangle,
  IconChevronDown,
  IconChevronRight,
  IconRotate2,
} from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Diagnostic } from "@/editor/types";
import { BindButton, TemplateChip } from "./Binding";
import { Control, isComposite } from "./Control";
import type { ControlProps } from "./control";
import classes from "./Form.module.css";
import { controlId, problemsAt, useForm } from "./FormContext";
import type { NamedField } from "./field";
import { valueText } from "./fieldValues";
import { Help } from "./Help";
import { NullableSwitch } from "./NullableSwitch";
import { spelledName } from "./names";
import { sameValue } from "./settingEdits";
import { isTemplate } from "./template";

interface FieldRowProps {
  named: NamedField;
  path: string;
  own: unknown;
  /** What applies while it is not set. */
  standard: unknown;
  onChange(value: unknown): void;
}

/** A setting: name, control, help, and what is wrong with it. */
export function FieldRow({ named, path, own, standard, onChange }: FieldRowProps) {
  const { label: name, unit } = spelledName(named.name);
  const label = named.title || name;
  const { field, isNullable } = named;
  const props: ControlProps = { field, path, label, own, standard, isNullable, unit, onChange };
  return isComposite(field) && !isTemplate(own) ? (
    <FoldedRow named={named} props={props} />
  ) : (
    <LineRow named={named} props={props} />
  );
}

function LineRow({ named, props }: { named: NamedField; props: ControlProps }) {
  const isWide = named.field.kind === "text" && named.field.isSql;
  return (
    <div className={classes.row} data-setting={props.path}>
      <div className={isWide ? classes.wideLine : classes.line}>
        <Name named={named} props={props} />
        <div className={classes.control}>
          {isTemplate(props.own) ? (
            <TemplateChip props={props} template={props.own} />
          ) : (
            <Control {...props} />
          )}
        </div>
      </div>
      <About named={named} path={props.path} />
    </div>
  );
}

/** A value with an inside: folded until somebody looks into it, or something inside is wrong. */
function FoldedRow({ named, props }: { named: NamedField; props: ControlProps }) {
  const { problems } = useForm();
  const inside = problemsAt(problems, props.path, { within: true });
  const [isOpen, setOpen] = useState<boolean | null>(null);
  const applied = props.own === undefined ? props.standard : props.own;
  const canOpen = applied !== null && applied !== undefined;
  const opened = canOpen && (isOpen ?? (props.own !== undefined || inside.length > 0));
  const Chevron = opened ? IconChevronDown : IconChevronRight;
  return (
    <div className={classes.row} data-setting={props.path}>
      <div className={classes.fold}>
        <button
          type="button"
          className={classes.foldButton}
          aria-expanded={opened}
          disabled={!canOpen}
          onClick={() => setOpen(!opened)}
        >
          <Chevron size={14} aria-hidden />
          {props.label}
          {named.isRequired && <Star />}
          <Dot props={props} />
        </button>
        {!opened && (
          <span className={classes.summary}>{canOpen ? valueText(applied) || "–" : ""}</span>
        )}
        <RowTools props={props} />
        {props.isNullable && <NullableSwitch props={props} onOpen={() => setOpen(true)} />}
      </div>
      <About named={named} path={props.path} />
      {opened && (
        <div className={classes.inner}>
          <Control {...props} isNullable={false} />
        </div>
      )}
    </div>
  );
}

function Name({ named, props }: { named: NamedField; props: ControlProps }) {
  const { idPrefix } = useForm();
  return (
    <div className={classes.name}>
      <label
        className={classes.nameText}
        htmlFor={controlId(idPrefix, props.path)}
        title={named.name}
      >
        {props.label}
      </label>
      {named.isRequired && <Star />}
      <Dot props={props} />
      <RowTools props={props} />
    </div>
  );
}

function Star() {
  const { t } = useTranslation("inspector");
  return (
    <span className={classes.star} title={t("form.required")}>
      *
    </span>
  );
}

/** Marks what differs from the default. */
function Dot({ props: { own, standard } }: { props: ControlProps }) {
  const { t } = useTranslation("inspector");
  const isChanged = own !== undefined && !sameValue(own, standard);
  return isChanged && standard !== undefined ? (
    <span className={classes.dot} role="img" aria-label={t("form.changed")} />
  ) : null;
}

function RowTools({ props }: { props: ControlProps }) {
  const { t } = useTranslation("inspector");
  const { isReadOnly } = useForm();
  const { own, standard, label, onChange } = props;
  if (isReadOnly) {
    return null;
  }
  const name = t("form.reset", { name: label, value: valueText(standard) || t("form.none") });
  return (
    <span className={classes.tools}>
      <BindButton props={props} />
      {own !== undefined && standard !== undefined && (
        <ActionIcon size="sm" aria-label={name} title={name} onClick={() => onChange(undefined)}>
          <IconRotate2 size={14} aria-hidden />
        </ActionIcon>
      )}
    </span>
  );
}

/** Help and problems below a control. */
function About({ named, path }: { named: NamedField; path: string }): ReactNode {
  const { idPrefix, problems, hasHelp } = useForm();
  const here = problemsAt(problems, path, { within: !isComposite(named.field) });
  return (
    <div id={`${controlId(idPrefix, path)}:about`}>
      {named.help !== "" && (
        <Help className={hasHelp ? classes.help : classes.hidden} text={named.help} />
      )}
      {here.map((problem) => (
        <ProblemLine key={`${problem.code}${problem.place?.setting}`} problem={problem} />
      ))}
    </div>
  );
}

interface ProblemLineProps {
  problem: Diagnostic;
  /** Say everything: what it is about does not stand beside it. */
  isWhole?: boolean;
}

/** What is wrong with a value, at the value. */
export function ProblemLine({ problem, isWhole = false }: ProblemLineProps) {
  const { t } = useTranslation();
  const isError = problem.severity === "error";
  const Icon = isError ? IconAlertCircle : IconAlertTriangle;
  return (
    <p className={isError ? classes.problem : classes.warning} role="note" title={problem.message}>
      <Icon size={14} aria-hidden />
      <span>
        {isWhole || !problem.expected ? `${t("problem.said", { text: problem.message })} ` : ""}
        {problem.expected && t("problem.expected", { expected: problem.expected })}
        {problem.got && ` ${t("problem.got", { got: problem.got })}`}
        {isWhole && problem.fix && ` ${problem.fix}`}
      </span>
    </p>
  );
}
