import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { DropArea } from "@/data/DropArea";
import { Answered } from "@/ui/Answered";
import { Page } from "@/ui/Page";
import { ImportFileButton, OpenRunButton } from "./ImportButtons";
import { templatesQuery } from "./pipelines";
import { TemplateCard } from "./TemplateCard";
import { useNewPipeline } from "./useNewPipeline";
import classes from "./WelcomeScreen.module.css";

/** `/welcome`: what a pipeline is, and pipelines to start from. */
export function Component() {
  const { t } = useTranslation("pipelines");
  const make = useNewPipeline();
  const templates = useQuery(templatesQuery());
  useEffect(() => {
    void import("@/canvas/CanvasScreen"); // the next screen, while the person still reads
  }, []);
  const open = (transfer: DataTransfer) => {
    const file = transfer.files[0];
    if (file) {
      make.openFile(file);
    }
  };
  return (
    <DropArea title={t("import.drop")} text={t("import.dropText")} onDrop={open}>
      <Page title={t("welcome.title")}>
        <div className={classes.welcome}>
          <p className={classes.text}>{t("welcome.text")}</p>
          <h2 className={classes.heading}>{t("welcome.templates")}</h2>
          <Answered query={templates}>
            {(all) => (
              <div className={classes.cards}>
                {all.map((template) => (
                  <TemplateCard
                    key={template.id}
                    template={template}
                    isDisabled={make.isMaking}
                    onChoose={make.startFrom}
                  />
                ))}
              </div>
            )}
          </Answered>
          <h2 className={classes.heading}>{t("welcome.other")}</h2>
          <div className={classes.ways}>
            <Button
              variant="default"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={make.startEmpty}
            >
              {t("welcome.empty")}
            </Button>
            <ImportFileButton onFile={make.openFile} />
            <OpenRunButton onRun={make.openRun} />
            <span className={classes.hint}>{t("import.hint")}</span>
          </div>
        </div>
      </Page>
    </DropArea>
  );
}
