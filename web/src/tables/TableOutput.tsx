import { ActionIcon, Modal } from "@mantine/core";
import { IconArrowsMaximize } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { OutputPlace } from "@/samples/samples";
import { Answered } from "@/ui/Answered";
import { TableFacts } from "./TableFacts";
import classes from "./TableOutput.module.css";
import { TableView } from "./TableView";
import { type TableLook, tableLookQuery } from "./tableLook";

/** A look into a table that a node made, beside other things; it can be made large. */
export function TableOutput({ place }: { place: OutputPlace }) {
  const look = useQuery(tableLookQuery(place));
  return <Answered query={look}>{(data) => <Looked look={data} place={place} />}</Answered>;
}

function Looked({ look, place }: { look: TableLook; place: OutputPlace }) {
  const { t } = useTranslation("tables");
  const [isLarge, makeLarge] = useState(false);
  const name = `${place.node}.${place.port}`;
  return (
    <div className={classes.small}>
      <TableFacts look={look}>
        <ActionIcon
          size="sm"
          aria-label={t("enlarge")}
          title={t("enlarge")}
          onClick={() => makeLarge(true)}
        >
          <IconArrowsMaximize size={14} aria-hidden />
        </ActionIcon>
      </TableFacts>
      <TableView look={look} isSmall />
      <Modal
        opened={isLarge}
        onClose={() => makeLarge(false)}
        title={name}
        size="min(1600px, 94vw)"
        classNames={{ content: classes.dialog, body: classes.dialogBody }}
      >
        <TableFacts look={look} />
        <TableView look={look} />
      </Modal>
    </div>
  );
}
