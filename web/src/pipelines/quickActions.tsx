import { ActionIcon } from "@mantine/core";
import type { TFunction } from "i18next";
import type { Column, RowAction } from "@/ui/DataTable";
import classes from "./PipelinesScreen.module.css";
import type { PipelineRow } from "./pipelineRows";

/** What is done most, without the menu. */
const QUICK = ["run", "download", "deploy"];

/** A column of buttons for what is done most with a pipeline. */
export function quickActions(
  t: TFunction<"pipelines">,
  actionsOf: (row: PipelineRow) => readonly RowAction[],
): Column<PipelineRow> {
  return {
    id: "quick",
    header: t("column.quick"),
    width: 120,
    render: (row) => (
      <span className={classes.quick}>
        {actionsOf(row)
          .filter(({ id }) => QUICK.includes(id))
          .map(({ id, label, icon: Icon, isDisabled, onChoose }) => (
            <ActionIcon
              key={id}
              size="sm"
              disabled={isDisabled}
              aria-label={`${label}: ${row.name}`}
              title={label}
              onClick={(event) => {
                event.stopPropagation(); // the row itself would be opened
                onChoose();
              }}
            >
              {Icon && <Icon size={16} aria-hidden />}
            </ActionIcon>
          ))}
      </span>
    ),
  };
}
