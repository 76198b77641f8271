import {
  IconAlertCircle,
  IconCloudCheck,
  IconCloudOff,
  IconCloudUp,
  type IconProps,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { useEditor } from "@/editor/EditorContext";
import type { Saving } from "@/editor/types";
import classes from "./TopBar.module.css";

const ICONS: Record<Saving, ComponentType<IconProps>> = {
  saved: IconCloudCheck,
  saving: IconCloudUp,
  offline: IconCloudOff,
  conflict: IconAlertCircle,
  refused: IconAlertCircle,
};

/** Whether what one sees is on the server. */
export function SavingState() {
  const { t } = useTranslation("canvas");
  const saving = useEditor((state) => state.saving);
  const mayEdit = useEditor((state) => state.mayEdit);
  if (!mayEdit) {
    return null;
  }
  const Icon = ICONS[saving];
  return (
    <span className={classes.saving} data-saving={saving} data-testid="saving">
      <Icon size={16} stroke={1.6} aria-hidden />
      {t(`saving.${saving}`)}
    </span>
  );
}
