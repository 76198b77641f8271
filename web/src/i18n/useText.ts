import i18next, { type FlatNamespace, type TFunction } from "i18next";
import { useSyncExternalStore } from "react";
import { currentLanguage } from ".";

const made = new Map<string, unknown>();

function subscribe(onChange: () => void): () => void {
  i18next.on("languageChanged", onChange);
  return () => i18next.off("languageChanged", onChange);
}

function textIn<Namespace extends FlatNamespace>(namespace: Namespace): TFunction<Namespace> {
  const key = `${currentLanguage()} ${namespace}`;
  const text = made.get(key) ?? i18next.getFixedT(null, namespace);
  made.set(key, text);
  return text as TFunction<Namespace>;
}

/**
 * Texts of a namespace that is loaded, for what stands on a screen by the hundred: cells and nodes.
 *
 * `useTranslation` loads namespaces, and copies the whole library whenever a component that uses it appears.
 */
export function useText<Namespace extends FlatNamespace = "common">(
  namespace: Namespace = "common" as Namespace,
): TFunction<Namespace> {
  useSyncExternalStore(subscribe, currentLanguage);
  return textIn(namespace);
}
