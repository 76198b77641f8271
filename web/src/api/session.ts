/** Who is signed in. */
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, dataOf, type Schemas, setCsrfToken } from "./client";
import { keys } from "./queries";

export type SessionInfo = Schemas["SessionInfo"];
export type User = Schemas["User"];

export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: async () => {
    const session = await dataOf(api.GET("/api/v1/session"));
    setCsrfToken(session.csrf_token);
    return session;
  },
  staleTime: 60_000,
});

export function useSession() {
  return useQuery(sessionQuery);
}

let lastUser: User | null = null;

/**
 * The user, for screens that are only shown to somebody who is signed in.
 *
 * When a session ends, the screens stay with the one who was there until somebody signs in again.
 */
export function useUser(): User {
  const user = useSession().data?.user ?? lastUser;
  if (!user) {
    throw new Error("this screen needs somebody who is signed in");
  }
  lastUser = user;
  return user;
}

/** Forget everything of the one who was here, then ask who is now. */
export function useSessionRestart(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    client.clear();
    await client.fetchQuery(sessionQuery);
  };
}
