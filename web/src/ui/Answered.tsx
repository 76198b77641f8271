import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Loading } from "./Loading";
import { ProblemNotice } from "./ProblemNotice";

interface AnsweredProps<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}

/** Shows a query's data once it is there, and until then that it loads or why it cannot. */
export function Answered<T>({ query, children }: AnsweredProps<T>) {
  if (query.data !== undefined) {
    return <>{children(query.data)}</>;
  }
  return query.isError ? <ProblemNotice problem={query.error} /> : <Loading />;
}
