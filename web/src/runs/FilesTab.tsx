import { IconDownload, IconFile } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BASE } from "@/api/client";
import { Answered } from "@/ui/Answered";
import { formatBytes } from "@/ui/formatting";
import { FilePreview } from "./FilePreview";
import classes from "./FilesTab.module.css";
import { isViewable } from "./fileKinds";
import { artifactQuery, filesQuery, type Run } from "./runQueries";

/** A file that can be shown: where it is. */
export interface ShownFile {
  path: string;
  url: string;
  sizeBytes: number;
}

/** What the run produced and wrote down: to look at and to take along. */
export function FilesTab({ run }: { run: Run }) {
  const { t } = useTranslation("runs");
  const [shown, show] = useState<ShownFile | null>(null);
  const files = useQuery(filesQuery(run.id));
  const outputs = run.nodes.flatMap((node) =>
    Object.entries(node.outputs).map(([port, output]) => ({ node: node.id, port, output })),
  );
  const base = `${BASE}/runs/${encodeURIComponent(run.id)}`;
  return (
    <div className={classes.files}>
      <nav className={classes.tree} aria-label={t("files.label")}>
        {outputs.length > 0 && <h3>{t("files.outputs")}</h3>}
        {outputs.map(({ node, port, output }) => (
          <OutputFiles
            key={`${node}.${port}`}
            run={run.id}
            name={`${node}.${port}`}
            artifact={output.artifact}
            sizeBytes={output.size_bytes}
            shown={shown}
            onShow={show}
          />
        ))}
        <h3>{t("files.folder")}</h3>
        <Answered query={files}>
          {(list) => (
            <>
              {list.files.map(({ path, size_bytes: sizeBytes }) => (
                <FileLine
                  key={path}
                  file={{ path, sizeBytes, url: `${base}/files/${encoded(path)}` }}
                  shown={shown}
                  onShow={show}
                />
              ))}
              {list.is_cut && <p>{t("files.cut")}</p>}
            </>
          )}
        </Answered>
      </nav>
      <div className={classes.preview}>
        {shown === null ? (
          <p className={classes.hint}>{t("files.hint")}</p>
        ) : (
          <FilePreview file={shown} />
        )}
      </div>
    </div>
  );
}

const encoded = (path: string) => path.split("/").map(encodeURIComponent).join("/");

interface OutputFilesProps {
  run: string;
  name: string;
  artifact: string;
  sizeBytes: number;
  shown: ShownFile | null;
  onShow(file: ShownFile): void;
}

function OutputFiles({ run, name, artifact, sizeBytes, shown, onShow }: OutputFilesProps) {
  const [isOpen, setOpen] = useState(false);
  const query = useQuery({ ...artifactQuery(run, artifact), enabled: isOpen });
  const base = `${BASE}/runs/${encodeURIComponent(run)}/artifacts/${artifact}/files`;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={classes.name}>{name}</span>
        <span className={classes.size}>{formatBytes(sizeBytes)}</span>
      </summary>
      {isOpen && (
        <Answered query={query}>
          {(found) => (
            <>
              <p className={classes.media}>{found.media_type}</p>
              {found.files.map(({ path, size_bytes }) => (
                <FileLine
                  key={path}
                  file={{ path, sizeBytes: size_bytes, url: `${base}/${encoded(path)}` }}
                  shown={shown}
                  onShow={onShow}
                />
              ))}
            </>
          )}
        </Answered>
      )}
    </details>
  );
}

interface FileLineProps {
  file: ShownFile;
  shown: ShownFile | null;
  onShow(file: ShownFile): void;
}

function FileLine({ file, shown, onShow }: FileLineProps) {
  const { t } = useTranslation("runs");
  return (
    <div className={classes.line}>
      <button
        type="button"
        className={classes.file}
        disabled={!isViewable(file.path, file.sizeBytes)}
        aria-current={shown?.url === file.url}
        title={file.path}
        onClick={() => onShow(file)}
      >
        <IconFile size={14} aria-hidden />
        <span className={classes.name}>{file.path}</span>
      </button>
      <span className={classes.size}>{formatBytes(file.sizeBytes)}</span>
      <a href={file.url} download aria-label={t("files.download", { path: file.path })}>
        <IconDownload size={14} aria-hidden />
      </a>
    </div>
  );
}
