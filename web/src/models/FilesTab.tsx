import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatBytes } from "@/ui/formatting";
import { Snippet } from "@/ui/Snippet";
import classes from "./FilesTab.module.css";
import { packageUrl } from "./ModelActions";
import { kindOfInput, type Model, takesVideos } from "./models";

/** What a model's package holds, and how it is used elsewhere. */
export function FilesTab({ model }: { model: Model }) {
  const { t } = useTranslation("models");
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
        <Snippet label="Python" text={python(takesVideos(model) ? "film.mp4" : "photo.png")} />
        <Snippet
          label={t("use.shell")}
          text={`netloom predict model/ ${takesVideos(model) ? "film.mp4 films/" : "photo.png scans/"}`}
        />
      </section>
    </div>
  );
}

const python = (file: string) => `import netloom

model = netloom.load("model")
model.predict("${file}")
`;

function Package({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  if (model.files.length === 0) {
    return <p>{t("files.gone")}</p>;
  }
  return (
    <section>
      <h2>{t("files.title")}</h2>
      <p>{t("files.text", { context: kindOfInput(takesVideos(model)) })}</p>
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
