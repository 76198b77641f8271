/** Who may use an object: the server's words, and changes of them as plain values. */
import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";

export type Access = Schemas["Access"];
export type Right = Schemas["Right"];
export type Visibility = Schemas["Visibility"];
export type Person = Schemas["Person"];

/** What can be shared; also the first part of its address and of its cached answers. */
export type SharedKind = "pipelines" | "runs" | "datasets" | "models" | "deployments";

/** Rights that can be given, weakest first. The owner keeps `own`. */
export const GIVEN_RIGHTS = ["read", "run", "write"] as const;
export type GivenRight = (typeof GIVEN_RIGHTS)[number];

export const VISIBILITIES = ["private", "shared", "public"] as const;

/** The access routes of all kinds answer alike, so one typed path stands for them. */
const accessPath = (kind: SharedKind, id: string) =>
  `/api/v1/${kind}/${encodeURIComponent(id)}/access` as "/api/v1/runs/{run}/access";

export const accessQuery = (kind: SharedKind, id: string) =>
  queryOptions({
    queryKey: [kind, "access", id],
    queryFn: () =>
      dataOf(api.GET(accessPath(kind, id), { params: { path: { run: id } } })) as Promise<Access>,
  });

export const peopleQuery = queryOptions({
  queryKey: [...keys.people, "names"],
  queryFn: async () => (await dataOf(api.GET("/api/v1/people"))).people,
  staleTime: 60_000,
});

/** Replace who may use an object. */
export function putAccess(kind: SharedKind, id: string, access: Access): Promise<Access> {
  return dataOf(
    api.PUT(accessPath(kind, id), {
      params: { path: { run: id } },
      body: { visibility: access.visibility, shares: access.shares },
    }),
  );
}

/** The access after one more person was given a right: sharing with somebody ends being private. */
export function withShare(access: Access, person: string, right: GivenRight): Access {
  const visibility = access.visibility === "private" ? "shared" : access.visibility;
  return { ...access, visibility, shares: { ...access.shares, [person]: right } };
}

/** The access after a person's right was taken back. */
export function withoutShare(access: Access, person: string): Access {
  const { [person]: _, ...shares } = access.shares;
  return { ...access, shares };
}

/** People one can still share with: neither the owner nor somebody who has a right. */
export function remainingPeople(people: readonly Person[], access: Access): Person[] {
  return people.filter(({ name }) => name !== access.owner && !(name in access.shares));
}

/** `Ada Lovelace (ada)`, or the name alone. */
export function personLabel(name: string, people: readonly Person[]): string {
  const shown = people.find((person) => person.name === name)?.display_name;
  return shown ? `${shown} (${name})` : name;
}
