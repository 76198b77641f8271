import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { currentLanguage, type Language } from "@/i18n";
import type { NamedField } from "./form/field";
import { settingFields } from "./form/schema";

/** An operator with the schema of its settings and its help, in a language. */
export const operatorQuery = (operator: string, language: Language) =>
  queryOptions({
    queryKey: [...keys.operators, operator, language],
    queryFn: () =>
      dataOf(api.GET("/api/v1/operators/{operator}", { params: { path: { operator } } })),
    staleTime: 5 * 60_000,
  });

/** Details of a node's operator. */
export function useOperator(operator: string, { isKnown = true }: { isKnown?: boolean } = {}) {
  return useQuery({ ...operatorQuery(operator, currentLanguage()), enabled: isKnown });
}

/** The fields of an operator's form. */
export function useSettingFields(operator: Schemas["Operator"] | undefined): readonly NamedField[] {
  return useMemo(() => (operator ? settingFields(operator.settings) : []), [operator]);
}
