import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconHelp, IconSearch } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Diagnostic } from "@/editor/types";
import { FieldRow } from "./FieldRow";
import classes from "./Form.module.css";
import { type ColumnsAt, FormProvider, NO_COLUMNS, problemsAt } from "./FormContext";
import type { NamedField } from "./field";
import { spelledName } from "./names";

interface SettingsFormProps {
  fields: readonly NamedField[];
  /** What is set. */
  settings: Readonly<Record<string, unknown>>;
  problems: readonly Diagnostic[];
  variables: Readonly<Record<string, unknown>>;
  /** Ids of elements on the page begin with it. */
  idPrefix: string;
  isReadOnly: boolean;
  onChange(name: string, value: unknown): void;
  onNewVariable: ((setting: string, name: string, value: unknown) => void) | null;
  columnsAt?: ColumnsAt;
}

/** So many settings are always seen; a form that is hardly longer shows them all. */
const FIRST = 6;
const HARDLY_LONGER = 2;
/** With more settings than this, there is something to search. */
const SEARCHED_FROM = 10;

/** The form of a node's settings. */
export function SettingsForm(props: SettingsFormProps) {
  const { fields, settings, problems, variables, idPrefix, isReadOnly, onNewVariable } = props;
  const { columnsAt = NO_COLUMNS } = props;
  const { t } = useTranslation("inspector");
  const [hasHelp, setHelp] = useHelpSwitch();
  const [query, search] = useState("");
  if (fields.length === 0) {
    return <p className={classes.help}>{t("form.nothing")}</p>;
  }
  const shared = { idPrefix, isReadOnly, hasHelp, problems, variables, onNewVariable, columnsAt };
  const found = fields.filter((named) => matches(named, query));
  const { seen, folded } = query === "" ? partition(fields, settings, problems) : allSeen(found);
  const row = (named: NamedField) => <SettingRow key={named.name} named={named} form={props} />;
  return (
    <FormProvider value={shared}>
      <div className={classes.form}>
        <div className={classes.more}>
          {fields.length > SEARCHED_FROM && (
            <TextInput
              className={classes.grow}
              type="search"
              aria-label={t("form.search")}
              placeholder={t("form.search")}
              leftSection={<IconSearch size={14} aria-hidden />}
              value={query}
              onChange={(event) => search(event.currentTarget.value)}
            />
          )}
          <HelpSwitch isOn={hasHelp} onTurn={setHelp} />
        </div>
        {seen.map(row)}
        {found.length === 0 && <p className={classes.help}>{t("form.notFound")}</p>}
        {folded.length > 0 && <MoreSettings fields={folded} row={row} />}
      </div>
    </FormProvider>
  );
}

function SettingRow({ named, form }: { named: NamedField; form: SettingsFormProps }) {
  return (
    <FieldRow
      named={named}
      path={named.name}
      own={form.settings[named.name]}
      standard={named.standard}
      onChange={(value) => form.onChange(named.name, value)}
    />
  );
}

function MoreSettings({
  fields,
  row,
}: {
  fields: readonly NamedField[];
  row: (named: NamedField) => ReactNode;
}) {
  const { t } = useTranslation("inspector");
  const [isOpen, open] = useState(false);
  return (
    <>
      <div>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          aria-expanded={isOpen}
          leftSection={isOpen ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
          onClick={() => open(!isOpen)}
        >
          {t("form.more", { count: fields.length })}
        </Button>
      </div>
      {isOpen && fields.map(row)}
    </>
  );
}

function HelpSwitch({ isOn, onTurn }: { isOn: boolean; onTurn: (isOn: boolean) => void }) {
  const { t } = useTranslation("inspector");
  const name = t(isOn ? "form.hideHelp" : "form.showHelp");
  return (
    <ActionIcon
      size="sm"
      ml="auto"
      aria-label={name}
      aria-pressed={isOn}
      title={name}
      onClick={() => onTurn(!isOn)}
    >
      <IconHelp size={16} aria-hidden />
    </ActionIcon>
  );
}

interface Partition {
  seen: readonly NamedField[];
  folded: readonly NamedField[];
}

const allSeen = (seen: readonly NamedField[]): Partition => ({ seen, folded: [] });

/** Which settings are seen at once: the first ones, what is required or set, and what is wrong. */
export function partition(
  fields: readonly NamedField[],
  settings: Readonly<Record<string, unknown>>,
  problems: readonly Diagnostic[],
): Partition {
  const isSeen = (named: NamedField, index: number) =>
    index < FIRST ||
    named.isRequired ||
    settings[named.name] !== undefined ||
    problemsAt(problems, named.name, { within: true }).length > 0;
  const folded = fields.filter((named, index) => !isSeen(named, index));
  return folded.length <= HARDLY_LONGER ? allSeen(fields) : { seen: fields.filter(isSeen), folded };
}

function matches(named: NamedField, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/);
  const text =
    `${named.name} ${named.title} ${spelledName(named.name).label} ${named.help}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

const STORED = "netloom.form-help";

/** Beginners read the help, others need the room; the choice is kept. */
function useHelpSwitch(): [boolean, (isOn: boolean) => void] {
  const [isOn, set] = useState(() => localStorage.getItem(STORED) !== "off");
  return [
    isOn,
    (next) => {
      localStorage.setItem(STORED, next ? "on" : "off");
      set(next);
    },
  ];
}
