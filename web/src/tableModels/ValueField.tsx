import {
  Autocomplete,
  type OptionsFilter,
  SegmentedControl,
  Slider,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { useText } from "@/i18n/useText";
import { familyOf } from "@/tables/columnTypes";
import { TypeIcon } from "@/tables/TypeIcon";
import { type Entry, entryOf } from "./entries";
import type { InputColumn } from "./inputs";
import classes from "./RowForm.module.css";
import { rangeText, sliderOf } from "./ranges";
import { type CellProblem, shownValue } from "./values";

interface ValueFieldProps {
  column: InputColumn;
  entry: Entry;
  problem: CellProblem | null;
  /** It says something else than at the start. */
  isChanged: boolean;
  onChange(entry: Entry): void;
}

/** The value of one column: its field, what is usual there, and a switch that says it is missing. */
export function ValueField({ column, entry, problem, isChanged, onChange }: ValueFieldProps) {
  const t = useText("tableModels");
  const { name } = column;
  const toggle = () =>
    onChange(entry.isMissing ? valueAgain(column, entry) : { ...entry, isMissing: true });
  return (
    <div className={classes.field} data-changed={isChanged || undefined}>
      <div className={classes.head}>
        <TypeIcon type={column.column_type} />
        <span className={classes.name} title={`${name} · ${column.column_type}`}>
          {name}
        </span>
        <span className={classes.range}>{rangeText(column)}</span>
        <button
          type="button"
          role="switch"
          aria-checked={entry.isMissing}
          aria-label={t("form.isMissing", { name })}
          title={t("form.missingExplained")}
          className={classes.missing}
          onClick={toggle}
        >
          {t("form.missing")}
        </button>
      </div>
      <Control column={column} entry={entry} problem={problem} onChange={onChange} />
      {problem !== null && (
        <p className={classes.problem} role="alert">
          {t(`cell.${problem}`, { name })}
        </p>
      )}
    </div>
  );
}

/** What stood there before it was missing, else a usual value. */
const valueAgain = (column: InputColumn, { texts }: Entry): Entry =>
  texts.length > 0
    ? { isMissing: false, texts }
    : { isMissing: false, texts: entryOf(column.example ?? column.values[0] ?? "").texts };

type ControlProps = Omit<ValueFieldProps, "isChanged">;

function Control(props: ControlProps) {
  const { column } = props;
  if (column.type === "list" || column.type === "map") {
    return <SeveralValues {...props} />;
  }
  if (column.type === "boolean") {
    return <YesOrNo {...props} />;
  }
  if (familyOf(column.column_type) === "number" && sliderOf(column) !== null) {
    return <NumberWithin {...props} />;
  }
  return <OneValue {...props} />;
}

const shared = ({ column, entry, problem }: ControlProps, missing: string) => ({
  "aria-label": column.name,
  placeholder: entry.isMissing ? missing : "",
  "aria-invalid": problem !== null,
  error: problem !== null,
  size: "xs" as const,
});

/** Whatever is typed is a value, so typing into a missing field gives it one. */
const given = (text: string): Entry => ({ isMissing: false, texts: [text] });

const shownText = ({ isMissing, texts }: Entry): string => (isMissing ? "" : (texts[0] ?? ""));

function OneValue(props: ControlProps) {
  const t = useText("tableModels");
  const { column, entry, onChange } = props;
  const values = column.values.map(shownValue).filter((value) => value !== "");
  const field = {
    ...shared(props, t("form.null")),
    value: shownText(entry),
    inputMode: familyOf(column.column_type) === "number" ? ("decimal" as const) : undefined,
  };
  if (column.type === "date") {
    return (
      <TextInput
        {...field}
        type={entry.isMissing ? "text" : "date"}
        onChange={(event) => onChange(given(event.currentTarget.value))}
      />
    );
  }
  return values.length > 0 ? (
    <Autocomplete
      {...field}
      data={[...new Set(values)]}
      filter={allOrMatching}
      comboboxProps={{ shadow: "md" }}
      onChange={(text) => onChange(given(text))}
    />
  ) : (
    <TextInput {...field} onChange={(event) => onChange(given(event.currentTarget.value))} />
  );
}

/** A value that stands there already is no search: all others are offered. */
const allOrMatching: OptionsFilter = ({ options, search }) => {
  const labels = options.map((each) => ("label" in each ? each.label : ""));
  const wanted = search.trim().toLowerCase();
  return labels.includes(search)
    ? options
    : options.filter((_, at) => labels[at]?.toLowerCase().includes(wanted));
};

/** A number between the smallest and the largest that was seen; others can be typed. */
function NumberWithin(props: ControlProps) {
  const t = useText("tableModels");
  const { column, entry, onChange } = props;
  const slider = sliderOf(column);
  const value = Number(shownText(entry));
  return (
    <div className={classes.number}>
      <TextInput
        {...shared(props, t("form.null"))}
        inputMode="decimal"
        value={shownText(entry)}
        onChange={(event) => onChange(given(event.currentTarget.value))}
      />
      {slider !== null && (
        <Slider
          className={classes.slider}
          size="xs"
          thumbSize={12}
          label={null}
          thumbLabel={t("form.slide", { name: column.name })}
          min={slider.low}
          max={slider.high}
          step={slider.step}
          data-missing={entry.isMissing || undefined}
          value={Number.isFinite(value) && !entry.isMissing ? value : slider.usual}
          onChange={(next) => onChange(given(String(Number(next.toPrecision(10)))))}
        />
      )}
    </div>
  );
}

function YesOrNo({ column, entry, onChange }: ControlProps) {
  const t = useText("tableModels");
  return (
    <SegmentedControl
      aria-label={column.name}
      size="xs"
      value={shownText(entry)}
      data={[
        { value: "true", label: t("form.true") },
        { value: "false", label: t("form.false") },
      ]}
      onChange={(value) => onChange(given(value))}
    />
  );
}

function SeveralValues(props: ControlProps) {
  const t = useText("tableModels");
  const { column, entry, onChange } = props;
  const isMap = column.type === "map";
  const values = [...new Set(column.values.map(shownValue))].filter((value) => value !== "");
  return (
    <TagsInput
      {...shared(props, t("form.null"))}
      placeholder={entry.isMissing ? t("form.null") : isMap ? t("form.pair") : t("form.element")}
      data={isMap ? values.map((value) => `${value}: 1`) : values}
      value={entry.isMissing ? [] : [...entry.texts]}
      comboboxProps={{ shadow: "md" }}
      allowDuplicates
      acceptValueOnBlur
      onChange={(texts) => onChange({ isMissing: false, texts })}
    />
  );
}
