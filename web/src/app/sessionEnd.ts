/** When the session has ended: the screens stay as they are, and signing in again happens above them. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { create } from "zustand";
import { onSignedOut } from "@/api/client";
import { type SessionInfo, sessionQuery, useUser } from "@/api/session";

/** Whether the server no longer knows who we are. Editors may wait for its end before they save again. */
export const useSessionEnd = create<{ hasEnded: boolean }>(() => ({ hasEnded: false }));

/** Notice that the session ends. */
export function useSessionEndNotice(): void {
  useEffect(() => onSignedOut(() => useSessionEnd.setState({ hasEnded: true })), []);
}

/** Go on with a new session: where we were if it is the same person, else from the start. */
export function useGoingOn(): (session: SessionInfo) => void {
  const client = useQueryClient();
  const { name } = useUser();
  return useCallback(
    (session: SessionInfo) => {
      if (session.user?.name !== name) {
        window.location.assign("/"); // loads anew: nothing of the one before remains
        return;
      }
      client.setQueryData(sessionQuery.queryKey, session);
      useSessionEnd.setState({ hasEnded: false });
      void client.invalidateQueries();
    },
    [client, name],
  );
}

/** Somebody may have signed in, or opened the start link, in another tab: look when this one is seen again. */
export function useOtherTabs(hasEnded: boolean, goOn: (session: SessionInfo) => void): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!hasEnded) {
      return undefined;
    }
    const look = async () => {
      const session = await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
      if (session.user !== null) {
        goOn(session);
      }
    };
    const onFocus = () => void look().catch(() => undefined); // tried again at the next focus
    window.addEventListener("focus", onFocus);
    return () => window.removeEventListener("focus", onFocus);
  }, [hasEnded, client, goOn]);
}
