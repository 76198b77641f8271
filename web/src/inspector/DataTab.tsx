import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { BASE } from "@/api/client";
import { useEditor } from "@/editor/EditorContext";
import type { GraphNode, NodeOutput } from "@/editor/types";
import { previewQuery } from "@/samples/samples";
import { Answered } from "@/ui/Answered";
import { formatBytes } from "@/ui/formatting";
import classes from "./Inspector.module.css";
import { NotRun } from "./NotRun";
import { OutputContents } from "./OutputContents";

/** What a node made in the run that is watched. */
export function DataTab({ node }: { node: GraphNode }) {
  const { t } = useTranslation("inspector");
  const run = useEditor((state) => state.run);
  const outputs = run?.nodes[node.id]?.outputs ?? {};
  if (run === null || run.nodes[node.id] === undefined) {
    return <NotRun />;
  }
  const entries = Object.entries(outputs);
  return (
    <div className={classes.sections}>
      {entries.length === 0 && <p className={classes.empty}>{t("data.nothing")}</p>}
      {entries.map(([port, output]) => (
        <OutputSection key={port} run={run.id} node={node.id} port={port} output={output} />
      ))}
      <Link className={classes.link} to={`/runs/${run.id}`}>
        {t("data.openRun")}
      </Link>
    </div>
  );
}

interface OutputSectionProps {
  run: string;
  node: string;
  port: string;
  output: NodeOutput;
}

function OutputSection({ run, node, port, output }: OutputSectionProps) {
  const { t } = useTranslation("inspector");
  const place = { run, node, port, artifact: output.artifact };
  const preview = useQuery(previewQuery(place));
  const file = typeof output.preview.file === "string" ? output.preview.file : null;
  return (
    <section aria-label={t("data.output", { port })}>
      <h3 className={classes.sectionTitle}>
        {port}
        <span className={classes.muted}>{formatBytes(output.size_bytes)}</span>
        {file !== null && (
          <a
            className={classes.iconLink}
            href={fileAddress(run, output.artifact, file)}
            download={file}
            aria-label={t("data.download", { file })}
            title={t("data.download", { file })}
          >
            <IconDownload size={14} aria-hidden />
          </a>
        )}
      </h3>
      <Answered query={preview}>
        {(data) => <OutputContents preview={data} place={place} />}
      </Answered>
    </section>
  );
}

const fileAddress = (run: string, artifact: string, file: string) =>
  `${BASE}/runs/${encodeURIComponent(run)}/artifacts/${encodeURIComponent(artifact)}/files/${file
    .split("/")
    .map(encodeURIComponent)
    .join("/")}`;
