import { Chip, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useUser } from "@/api/session";
import { STATE_LOOKS } from "@/ui/states";
import classes from "./RunsScreen.module.css";
import { RUN_STATES, type RunFilters, type ScratchChoice } from "./runFilters";

interface RunFilterBarProps {
  filters: RunFilters;
  onChange(change: Partial<RunFilters>): void;
  /** Names to choose from. */
  pipelines: readonly string[];
}

const TYPING_MS = 250;

/** Narrows the table of runs down. */
export function RunFilterBar({ filters, onChange, pipelines }: RunFilterBarProps) {
  const { t } = useTranslation("runs");
  const user = useUser();
  return (
    <>
      <TextFilter text={filters.text} onChange={(text) => onChange({ text })} />
      <Select
        aria-label={t("list.column.pipeline")}
        placeholder={t("list.anyPipeline")}
        data={[...pipelines]}
        value={filters.pipeline}
        onChange={(pipeline) => onChange({ pipeline })}
        clearable
        searchable
        w={180}
      />
      <Chip.Group
        multiple
        value={[...filters.states]}
        onChange={(chosen) =>
          onChange({ states: RUN_STATES.filter((state) => chosen.includes(state)) })
        }
      >
        <fieldset className={classes.chips} aria-label={t("list.column.state")}>
          {RUN_STATES.map((state) => (
            <Chip key={state} value={state} size="xs" variant="light">
              {t(`common:${STATE_LOOKS[state].word}`)}
            </Chip>
          ))}
        </fieldset>
      </Chip.Group>
      <Select
        aria-label={t("list.column.owner")}
        data={[
          { value: "", label: t("list.everybody") },
          { value: user.name, label: t("list.mine") },
          ...(filters.owner && filters.owner !== user.name ? [filters.owner] : []),
        ]}
        value={filters.owner ?? ""}
        onChange={(owner) => onChange({ owner: owner || null })}
        allowDeselect={false}
        w={130}
      />
      <Select
        aria-label={t("list.scratch.label")}
        data={(["without", "with", "only"] as const).map((value) => ({
          value,
          label: t(`list.scratch.${value}`),
        }))}
        value={filters.scratch}
        onChange={(scratch) => onChange({ scratch: (scratch ?? "without") as ScratchChoice })}
        allowDeselect={false}
        w={150}
      />
    </>
  );
}

/** Text goes into the address after a pause: typing must not ask the server at each key. */
function TextFilter({ text, onChange }: { text: string; onChange(text: string): void }) {
  const { t } = useTranslation("runs");
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const settle = useDebouncedCallback(onChange, TYPING_MS);
  return (
    <TextInput
      type="search"
      value={typed}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        settle(value);
      }}
      leftSection={<IconSearch size={14} aria-hidden />}
      placeholder={t("list.search")}
      aria-label={t("list.search")}
      w={220}
    />
  );
}
