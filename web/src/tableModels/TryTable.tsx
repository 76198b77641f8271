import { SegmentedControl } from "@mantine/core";
import { IconForms, IconTable } from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { AnswerPanel } from "./AnswerPanel";
import { entriesOf } from "./entries";
import { type AskRows, type InputColumn, neededColumns, type Row, type Target } from "./inputs";
import { RowForm } from "./RowForm";
import { SeveralRows } from "./SeveralRows";
import classes from "./TryTable.module.css";
import { useWhatIf } from "./useWhatIf";

interface TryTableProps {
  inputs: readonly InputColumn[];
  targets: readonly Target[];
  /** Tells models apart, and states of a deployment: answers are kept by it. */
  source: string;
  ask: AskRows;
}

type Way = "one" | "several";

/** Give a model of tables a row, change it and see what that does; or many rows at once. */
export function TryTable({ inputs, targets, source, ask }: TryTableProps) {
  const { t } = useTranslation("tableModels");
  const [way, setWay] = useState<Way>("one");
  const columns = useMemo(() => neededColumns(inputs), [inputs]);
  const whatIf = useWhatIf(columns, source, ask);
  const openRow = (row: Row) => {
    whatIf.fillIn(entriesOf(columns, row));
    setWay("one");
  };
  return (
    <div className={classes.try}>
      <div className={classes.ways}>
        <SegmentedControl
          aria-label={t("way.title")}
          value={way}
          data={[
            {
              value: "one",
              label: <WayLabel icon={<IconForms size={14} />} text={t("way.one")} />,
            },
            {
              value: "several",
              label: <WayLabel icon={<IconTable size={14} />} text={t("way.several")} />,
            },
          ]}
          onChange={(next) => setWay(next as Way)}
        />
        <span className={classes.note}>{t(`way.${way}Text`)}</span>
      </div>
      {way === "one" && (
        <div className={classes.one}>
          <RowForm columns={columns} whatIf={whatIf} />
          <AnswerPanel targets={targets} whatIf={whatIf} />
        </div>
      )}
      {/* What was pasted stays while one looks at a row. */}
      <div hidden={way !== "several"} className={classes.several}>
        <SeveralRows inputs={inputs} targets={targets} ask={ask} onOpen={openRow} />
      </div>
    </div>
  );
}

function WayLabel({ icon, text }: { icon: ReactNode; text: string }) {
  return (
    <span className={classes.way}>
      {icon}
      {text}
    </span>
  );
}
