import { Table } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import type { PlannedNode } from "@/editor/types";
import { formatDuration } from "@/ui/formatting";
import { Loading } from "@/ui/Loading";
import { DiagnosticLine } from "@/ui/ProblemNotice";
import { StateBadge } from "@/ui/StateBadge";
import { valueSummary } from "./settingsSummary";

/** Why a node would run, or not: its state in the plan, and what changed since its last run. */
export function WhyExplained({ node }: { node: string }) {
  const { t } = useTranslation("canvas");
  const actions = useEditorActions();
  const isValid = useEditor((state) => state.isValid);
  const planned = useEditor((state) => state.plan?.nodes[node]);
  const diagnostics = useEditor((state) => state.diagnostics);
  useEffect(() => {
    actions.refreshPlan().catch(() => {});
  }, [actions]);
  if (!isValid) {
    const own = diagnostics.filter(({ place }) => place?.node === node);
    return (
      <>
        <p>{t("why.invalid")}</p>
        <ul>
          {(own.length > 0 ? own : diagnostics).map((diagnostic) => (
            <DiagnosticLine key={diagnostic.code + diagnostic.message} diagnostic={diagnostic} />
          ))}
        </ul>
      </>
    );
  }
  if (planned === undefined) {
    return <Loading />;
  }
  return (
    <>
      <StateBadge state={planned.state} />
      <p>{planned.why}</p>
      {planned.expected_s !== null && (
        <p>{t("why.expected", { time: formatDuration(planned.expected_s) })}</p>
      )}
      {planned.changes.length > 0 && <Changes changes={planned.changes} />}
    </>
  );
}

function Changes({ changes }: Pick<PlannedNode, "changes">) {
  const { t } = useTranslation("canvas");
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("why.what")}</Table.Th>
          <Table.Th>{t("why.before")}</Table.Th>
          <Table.Th>{t("why.after")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {changes.map(({ kind, name, before, after }) => (
          <Table.Tr key={kind + name}>
            <Table.Td>{name || kind}</Table.Td>
            <Table.Td>{valueSummary(before)}</Table.Td>
            <Table.Td>{valueSummary(after)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
