import { type MantineColorScheme, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { changeLanguage, currentLanguage, LANGUAGES, type Language } from "@/i18n";
import { Section } from "./Section";

/** Theme and language; kept in this browser. */
export function AppearanceSettings() {
  const { t } = useTranslation("settings");
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Section title={t("appearance.theme")}>
        <SegmentedControl
          aria-label={t("appearance.theme")}
          data={["auto", "light", "dark"].map((value) => ({
            value,
            label: t(`appearance.${value}`),
          }))}
          value={colorScheme}
          onChange={(value) => setColorScheme(value as MantineColorScheme)}
        />
      </Section>
      <Section title={t("appearance.language")}>
        <SegmentedControl
          aria-label={t("appearance.language")}
          data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
          value={currentLanguage()}
          onChange={(value) => void changeLanguage(value as Language)}
        />
      </Section>
      <Section title={t("appearance.keyboard")} text={t("appearance.keyboardText")}>
        {null}
      </Section>
    </>
  );
}
