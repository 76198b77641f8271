/** The samples around what is in view, however many there are: pages are asked for when one scrolls to them. */
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { SAMPLES_PER_PAGE, type Sample, type SampleFilter, samplePageQuery } from "./datasets";

/** What is known of the samples that match. */
export interface SampleWindow {
  /** How many match; null until it is known. */
  total: number | null;
  /** Undefined while its page is on its way. */
  at(index: number): Sample | undefined;
  problem: unknown;
}

/** Which pages hold the samples from `first` to `last`; the first page is always among them, for the total. */
export function pagesOf(first: number, last: number): number[] {
  const from = Math.floor(Math.max(0, first) / SAMPLES_PER_PAGE);
  const to = Math.floor(Math.max(0, last) / SAMPLES_PER_PAGE);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

export function useSampleWindow(
  dataset: string,
  filter: SampleFilter,
  first: number,
  last: number,
): SampleWindow {
  const head = useQuery({
    ...samplePageQuery(dataset, filter, 0),
    placeholderData: keepPreviousData,
  });
  const pages = pagesOf(first, last);
  const answers = useQueries({
    queries: pages.map((page) => samplePageQuery(dataset, filter, page)),
  });
  const known = useMemo(() => {
    const byIndex = new Map<number, Sample>();
    for (const [at, page] of pages.entries()) {
      for (const [offset, sample] of (answers[at]?.data?.samples ?? []).entries()) {
        byIndex.set(page * SAMPLES_PER_PAGE + offset, sample);
      }
    }
    return byIndex;
  }, [pages, answers]);
  return {
    total: head.data?.total ?? null,
    at: (index) => known.get(index),
    problem: head.error ?? answers.find((answer) => answer.isError)?.error ?? null,
  };
}
