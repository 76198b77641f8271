import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { exampleRow } from "@/tableModels/exampleRows";
import type { InputColumn } from "@/tableModels/inputs";
import { pythonRow } from "@/tableModels/pythonRow";
import { formatBytes } from "@/ui/formatting";
import { Snippet } from "@/ui/Snippet";
import classes from "./FilesTab.module.css";
import { packageUrl } from "./ModelActions";
import { kindOfInput, type Model, takesRows, takesVideos } from "./models";

/** What a model's package holds, and how it is used elsewhere. */
export function FilesTab({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  // With more columns than can be told of, a row would be no example either.
  const hasPython = !takesRows(model) || model.inputs !== null;
  return (
    <div className={classes.files}>
      <Package model={model} />
      <section>
        <h2>{t("use.node")}</h2>
        <p>{t("use.nodeText")}</p>
        <Snippet label={t("use.node")} text={`nodes:\n  ${model.snippet}\n`} />
      </section>
      <section>
        <h2>{t("use.elsewhere")}</h2>
        <p>{t("use.elsewhereText")}</p>
        {hasPython && (
          <Snippet
            label="Python"
            text={model.inputs === null ? python(model) : pythonRows(model.inputs)}
          />
        )}
        <Snippet label={t("use.shell")} text={`netloom predict model/ ${given(model)}`} />
      </section>
    </div>
  );
}

const python = (model: Model) => `import netloom

model = netloom.load("model")
model.predict("${takesVideos(model) ? "film.mp4" : "photo.png"}")
`;

const pythonRows = (inputs: readonly InputColumn[]) => `from pathlib import Path

from netloom.inference.tables.rows import RowPredictor

predictor = RowPredictor.open(Path("model"))
row = ${pythonRow(exampleRow(inputs))}
print(predictor.predict([predictor.read([row])]))
`;

function given(model: Model): string {
  if (takesRows(model)) {
    return "rows.csv -o predictions";
  }
  return takesVideos(model) ? "film.mp4 films/" : "photo.png scans/";
}

function Package({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  if (model.files.length === 0) {
    return <p>{t("files.gone")}</p>;
  }
  return (
    <section>
      <h2>{t("files.title")}</h2>
      <p>
        {t("files.text", { context: takesRows(model) ? "rows" : kindOfInput(takesVideos(model)) })}
      </p>
      <ul className={classes.list}>
        {model.files.map(({ path, size_bytes }) => (
          <li key={path}>
            <code>{path}</code>
            <span>{formatBytes(size_bytes)}</span>
          </li>
        ))}
      </ul>
      <Button
        component="a"
        href={packageUrl(model)}
        download
        leftSection={<IconDownload size={14} aria-hidden />}
      >
        {t("files.download", { size: formatBytes(model.size_bytes) })}
      </Button>
    </section>
  );
}
