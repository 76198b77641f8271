/** Folders of the server's machine that settings may name: asked one at a time. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";

export type FolderListing = Schemas["FileListing"];
export type FolderEntry = Schemas["FileEntry"];

/** What is in a folder; the first one that may be looked into, for an empty path. */
export const folderQuery = (path: string) =>
  queryOptions({
    queryKey: [...keys.files, path],
    queryFn: () => dataOf(api.GET("/api/v1/files", { params: { query: { path } } })),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 0,
  });

/** Entries whose names contain what was typed, whatever its case. */
export function matching(entries: readonly FolderEntry[], typed: string): FolderEntry[] {
  const wanted = typed.trim().toLowerCase();
  return entries.filter(({ name }) => name.toLowerCase().includes(wanted));
}

/** Where to begin for a value of a setting: the server lists the folder around a file. */
export const startOf = (value: unknown): string => (typeof value === "string" ? value : "");
