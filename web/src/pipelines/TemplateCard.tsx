import { UnstyledButton } from "@mantine/core";
import { IconClock, IconPackage, IconPhoto, IconTable } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { GraphMiniature } from "./GraphMiniature";
import { sketchQuery, type Template } from "./pipelines";
import classes from "./TemplateCard.module.css";

/** What has to be there before it can run. */
const NEEDS = {
  nothing: { icon: IconPackage, key: "welcome.needsNothing" },
  images: { icon: IconPhoto, key: "welcome.needsImages" },
  table: { icon: IconTable, key: "welcome.needsTable" },
} as const;

interface TemplateCardProps {
  template: Template;
  isDisabled: boolean;
  onChoose: (template: Template) => void;
}

/** A pipeline to start from; one click makes it one's own and opens it. */
export function TemplateCard({ template, isDisabled, onChoose }: TemplateCardProps) {
  const { t } = useTranslation("pipelines");
  const sketch = useQuery(sketchQuery(template.text)).data;
  const { icon: NeedIcon, key } = NEEDS[template.needs];
  const count = Math.max(1, Math.round(template.minutes));
  return (
    <UnstyledButton
      className={classes.card}
      disabled={isDisabled}
      onClick={() => onChoose(template)}
    >
      <GraphMiniature sketch={sketch} />
      <span className={classes.words}>
        <span className={classes.title}>{template.title}</span>
        <span className={classes.summary}>{template.summary}</span>
        <span className={classes.facts}>
          <span className={classes.fact}>
            <NeedIcon size={14} aria-hidden />
            {t(key)}
          </span>
          <span className={classes.fact}>
            <IconClock size={14} aria-hidden />
            {template.minutes < 1 ? t("welcome.underMinute") : t("welcome.minutes", { count })}
          </span>
        </span>
      </span>
    </UnstyledButton>
  );
}
