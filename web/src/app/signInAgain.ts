import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { onSignedOut } from "@/api/client";
import { keys } from "@/api/queries";

/** When the session has ended: sign in, then come back to where one was. */
export function useSignInAgain(): void {
  const navigate = useNavigate();
  const client = useQueryClient();
  useEffect(
    () =>
      onSignedOut(() => {
        client.removeQueries({ queryKey: keys.session });
        const here = window.location.pathname + window.location.search;
        navigate(`/sign-in?ended=1&next=${encodeURIComponent(here)}`);
      }),
    [navigate, client],
  );
}
