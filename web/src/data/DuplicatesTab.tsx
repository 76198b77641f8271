import { IconCircleCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/ui/EmptyState";
import { formatCount } from "@/ui/formatting";
import classes from "./DuplicatesTab.module.css";
import { contentKind, type Findings, sampleUrl } from "./datasets";
import { Thumbnail } from "./Thumbnail";

interface DuplicatesTabProps {
  dataset: string;
  findings: Findings;
}

const SHOWN_GROUPS = 30;

/** Pictures that occur several times, worst first. */
export function DuplicatesTab({ dataset, findings }: DuplicatesTabProps) {
  const { t } = useTranslation("data");
  const context = contentKind(findings.videos);
  const { conflicts, duplicates, near_duplicates } = findings;
  const leaks = findings.leaks.filter((leak) => leak.num_images > 0);
  const kinds = [
    { id: "conflicts", found: conflicts },
    { id: "duplicates", found: duplicates },
    { id: "near", found: near_duplicates },
  ].filter(({ found }) => found.num_groups > 0);
  if (kinds.length === 0 && leaks.length === 0) {
    return (
      <EmptyState icon={IconCircleCheck} title={t("copies.none", { context })}>
        {t("copies.noneText", { context })}
      </EmptyState>
    );
  }
  return (
    <div className={classes.kinds}>
      {leaks.map(({ part, num_images, samples }) => (
        <Kind
          key={part}
          title={t("copies.leak", { part, count: num_images, context })}
          text={t("copies.leakText", { context })}
        >
          <Group dataset={dataset} numbers={samples.slice(0, 24)} />
        </Kind>
      ))}
      {kinds.map(({ id, found }) => (
        <Kind
          key={id}
          title={t(`copies.${id}`, {
            count: found.num_groups,
            shown: formatCount(found.num_groups),
            context,
          })}
          text={t(`copies.${id}Text`)}
        >
          {found.groups.slice(0, SHOWN_GROUPS).map((numbers) => (
            <Group key={numbers.join()} dataset={dataset} numbers={numbers} />
          ))}
          {found.num_groups > Math.min(SHOWN_GROUPS, found.groups.length) && (
            <p className={classes.more}>{t("copies.more")}</p>
          )}
        </Kind>
      ))}
    </div>
  );
}

function Kind({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <section className={classes.kind} aria-label={title}>
      <h2>{title}</h2>
      <p>{text}</p>
      <div className={classes.groups}>{children}</div>
    </section>
  );
}

function Group({ dataset, numbers }: { dataset: string; numbers: readonly number[] }) {
  return (
    <div className={classes.group}>
      {numbers.map((number) => (
        <a
          key={number}
          href={sampleUrl(dataset, number)}
          target="_blank"
          rel="noreferrer"
          title={`${number}`}
        >
          <Thumbnail src={sampleUrl(dataset, number, 160)} side={72} alt={`${number}`} />
        </a>
      ))}
    </div>
  );
}
