import { Button } from "@mantine/core";
import { IconAlertCircle, IconCloudOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEditor, useEditorActions } from "@/editor/EditorContext";
import { tellProblem } from "@/ui/notices";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./TopBar.module.css";

/** Says that the draft cannot be saved, why, and what one can do about it. */
export function SavingBanner() {
  const { t } = useTranslation("canvas");
  const saving = useEditor((state) => state.saving);
  const problem = useEditor((state) => state.savingProblem);
  if (saving === "conflict") {
    return <ConflictBanner />;
  }
  if (saving === "offline") {
    return (
      <div className={classes.banner} role="status">
        <IconCloudOff size={16} aria-hidden />
        {t("banner.offline")}
      </div>
    );
  }
  return saving === "refused" && problem ? <ProblemNotice problem={problem} /> : null;
}

function ConflictBanner() {
  const { t } = useTranslation("canvas");
  const conflict = useEditor((state) => state.conflict);
  const actions = useEditorActions();
  const resolve = (choice: "theirs" | "ours") => () => {
    actions.resolveConflict(choice).catch(tellProblem);
  };
  const who = conflict?.theirs.changed_by ?? "";
  const nodes = conflict?.nodes.join(", ") ?? "";
  return (
    <div className={classes.banner} data-tone="bad" role="alert">
      <IconAlertCircle size={16} aria-hidden />
      <span>
        {nodes === "" ? t("banner.conflict", { who }) : t("banner.conflictAt", { who, nodes })}
      </span>
      <span className={classes.choices}>
        <Button variant="default" onClick={resolve("theirs")}>
          {t("banner.theirs")}
        </Button>
        <Button variant="default" onClick={resolve("ours")}>
          {t("banner.ours")}
        </Button>
      </span>
    </div>
  );
}
