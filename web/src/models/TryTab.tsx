import { Button } from "@mantine/core";
import { IconMovie, IconPhotoUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { DropArea } from "@/data/DropArea";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { examplesQuery, kindOfInput, type Model, takesVideos } from "./models";
import { PictureStrip } from "./PictureStrip";
import { shortAnswer, shownAt, type Tries, useTries } from "./predicting";
import { TryResult } from "./TryResult";
import classes from "./TryTab.module.css";

interface TryTabProps {
  model: Model;
  /** Pasting works only while the tab is in front. */
  isShown: boolean;
}

/** Give the model a picture, and see what it says. */
export function TryTab({ model, isShown }: TryTabProps) {
  const { t } = useTranslation("models");
  const tries = useTries(model.id, takesVideos(model));
  usePastedPictures(tries, isShown);
  const mayTry = model.right !== "read";
  if (!mayTry) {
    return <p className={classes.note}>{t("try.notAllowed")}</p>;
  }
  return (
    <DropArea
      title={t("try.dropTitle")}
      text={t("try.dropText", { context: kindOfInput(tries.takesVideos) })}
      onDrop={(transfer) => tries.tryFiles([...transfer.files])}
    >
      <div className={classes.try}>
        {tries.shown === null ? (
          <Invitation tries={tries} />
        ) : (
          <TryResult key={tries.shown.key} shown={tries.shown} tries={tries} />
        )}
        <Examples model={model} tries={tries} />
        {tries.tries.length > 1 && (
          <PictureStrip
            title={t("try.history")}
            pictures={tries.tries.map((each) => ({
              key: each.key,
              url: shownAt(each),
              label: shortAnswer(each),
              isChosen: each.key === tries.shown?.key,
              isWrong:
                each.truth !== null && each.top !== null && each.top[0]?.label !== each.truth,
            }))}
            onChoose={tries.show}
          />
        )}
      </div>
    </DropArea>
  );
}

/** Before the first try: where to put a picture. */
export function Invitation({ tries }: { tries: Tries }) {
  const { t } = useTranslation("models");
  const context = kindOfInput(tries.takesVideos);
  const Icon = tries.takesVideos ? IconMovie : IconPhotoUp;
  return (
    <div className={classes.invitation}>
      <Icon size={40} stroke={1.2} aria-hidden />
      <strong>{t("try.title", { context })}</strong>
      <span>{t("try.text", { context })}</span>
      <PictureButton tries={tries} />
    </div>
  );
}

/** Opens the dialogue to choose pictures. */
export function PictureButton({ tries }: { tries: Tries }) {
  const { t } = useTranslation("models");
  const input = useRef<HTMLInputElement>(null);
  const label = t("try.choose", { context: kindOfInput(tries.takesVideos) });
  const Icon = tries.takesVideos ? IconMovie : IconPhotoUp;
  return (
    <>
      <Button leftSection={<Icon size={14} aria-hidden />} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={tries.takesVideos ? "video/*" : "image/*"}
        aria-label={label}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          tries.tryFiles(files);
        }}
      />
    </>
  );
}

function Examples({ model, tries }: { model: Model; tries: Tries }) {
  const { t } = useTranslation("models");
  const query = useQuery(examplesQuery(model.id));
  const context = kindOfInput(tries.takesVideos);
  if (query.isError) {
    return <ProblemNotice problem={query.error} />;
  }
  if (query.data === undefined) {
    return null;
  }
  const { examples, part, reason } = query.data;
  if (examples.length === 0) {
    return reason && <p className={classes.note}>{t("try.noExamples", { reason, context })}</p>;
  }
  return (
    <PictureStrip
      title={t(part === "test" ? "try.examplesUnseen" : "try.examples", { context })}
      explained={part === "test" ? t("try.examplesExplained") : undefined}
      pictures={examples.map((example) => ({
        key: example.number,
        url: example.url,
        label: example.label ?? "",
        isChosen: false,
        isWrong: false,
      }))}
      onChoose={(number) => {
        const example = examples.find((each) => each.number === number);
        if (example !== undefined) {
          tries.tryExample(example);
        }
      }}
    />
  );
}

/** A picture from the clipboard is tried, while this part is in front. */
export function usePastedPictures(tries: Tries, isShown: boolean): void {
  const latest = useRef(tries);
  latest.current = tries;
  useEffect(() => {
    if (!isShown) {
      return undefined;
    }
    const onPaste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) {
        event.preventDefault();
        latest.current.tryFiles(files);
      }
    };
    window.addEventListener("paste", onPaste);
    return () => window.removeEventListener("paste", onPaste);
  }, [isShown]);
}
