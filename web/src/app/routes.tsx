/** The addresses of the workbench. Every screen is a chunk of its own, loaded when it is first opened. */
import type { QueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { createBrowserRouter, redirect } from "react-router";
import { sessionQuery } from "@/api/session";
import { pipelinesQuery } from "@/pipelines/pipelines";
import { RouteProblem } from "./RouteProblem";
import { Shell } from "./Shell";

const Nothing = () => null;

/** The canvas with its texts, so that it is drawn once rather than after each of them arrives. */
export async function loadCanvas() {
  const [screen] = await Promise.all([
    import("@/canvas/CanvasScreen"),
    i18next.loadNamespaces(["editor", "canvas", "inspector", "sharing"]),
  ]);
  return screen;
}

/** A screen module exports its component as `Component`. */
export function createRouter(client: QueryClient) {
  const onlySignedIn = async ({ request }: { request: Request }) => {
    const session = await client.ensureQueryData(sessionQuery);
    if (session.user === null) {
      const { pathname, search } = new URL(request.url);
      throw redirect(`/sign-in?next=${encodeURIComponent(pathname + search)}`);
    }
    return null;
  };
  const start = async () => {
    const session = await client.ensureQueryData(sessionQuery);
    if (session.user === null) {
      return null; // the loader around this one leads to signing in
    }
    const pipelines = await client.ensureQueryData(pipelinesQuery);
    return redirect(pipelines.length === 0 ? "/welcome" : "/pipelines");
  };
  return createBrowserRouter([
    { path: "/sign-in", lazy: () => import("@/signin/SignInScreen"), HydrateFallback: Nothing },
    { path: "/sign-up", lazy: () => import("@/signin/SignUpScreen"), HydrateFallback: Nothing },
    {
      Component: Shell,
      ErrorBoundary: RouteProblem,
      HydrateFallback: Nothing,
      loader: onlySignedIn,
      children: [
        {
          ErrorBoundary: RouteProblem,
          children: [
            { index: true, loader: start, Component: Nothing },
            { path: "pipelines", lazy: () => import("@/pipelines/PipelinesScreen") },
            { path: "welcome", lazy: () => import("@/pipelines/WelcomeScreen") },
            { path: "pipelines/:pipeline", lazy: loadCanvas },
            { path: "runs", lazy: () => import("@/runs/RunsScreen") },
            { path: "runs/compare", lazy: () => import("@/runs/CompareScreen") },
            { path: "runs/:run", lazy: () => import("@/runs/RunScreen") },
            { path: "data", lazy: () => import("@/data/DataScreen") },
            { path: "data/:dataset", lazy: () => import("@/data/DatasetScreen") },
            { path: "models", lazy: () => import("@/models/ModelsScreen") },
            { path: "models/:model", lazy: () => import("@/models/ModelScreen") },
            { path: "deployments", lazy: () => import("@/deployments/DeploymentsScreen") },
            {
              path: "deployments/:deployment",
              lazy: () => import("@/deployments/DeploymentScreen"),
            },
            { path: "queue", lazy: () => import("@/queue/QueueScreen") },
            { path: "settings/:section?", lazy: () => import("@/settings/SettingsScreen") },
            { path: "*", lazy: () => import("./NotFoundScreen") },
          ],
        },
      ],
    },
  ]);
}
