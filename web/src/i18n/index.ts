/**
 * Texts in English and Chinese. Each area of the workbench has a namespace of its own, one JSON file
 * per language (`en/runs.json`, `zh/runs.json`), which is loaded when a screen first asks for it.
 */
import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;

const STORED = "netloom.language";

const files = import.meta.glob<Record<string, unknown>>("./*/*.json", { import: "default" });

const backend: BackendModule = {
  type: "backend",
  init() {},
  read(language, namespace, done) {
    const load = files[`./${language}/${namespace}.json`];
    if (load === undefined) {
      done(new Error(`no texts for ${language}/${namespace}`), false);
      return;
    }
    load().then(
      (texts) => done(null, texts),
      (problem: unknown) => done(problem as Error, false),
    );
  },
};

/** The language chosen before, else the browser's if we speak it, else English. */
function preferredLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === "en" || stored === "zh") {
    return stored;
  }
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export async function startTranslations(language: Language = preferredLanguage()): Promise<void> {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: language,
      fallbackLng: "en",
      supportedLngs: Object.keys(LANGUAGES),
      ns: ["common"],
      defaultNS: "common",
      interpolation: { escapeValue: false }, // React escapes
    });
}

export function currentLanguage(): Language {
  return i18next.language === "zh" ? "zh" : "en";
}

/** Be told when the pages speak another language: what the server put into words has to be read anew. */
export function onLanguageChange(listener: () => void): () => void {
  i18next.on("languageChanged", listener);
  return () => i18next.off("languageChanged", listener);
}

export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  await i18next.changeLanguage(language);
}
