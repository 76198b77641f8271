/** Deployments as answers of the server: how they are asked for and changed. */
import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";

export type DeploymentSummary = Schemas["DeploymentSummary"];
export type Deployment = Schemas["Deployment"];
export type DeploymentState = Schemas["DeploymentState"];
export type Revision = Schemas["DeploymentRevision"];
export type NumbersHistory = Schemas["NumbersHistory"];
export type NewDeployment = Schemas["NewDeployment"];

const MOST = 500;
/** Numbers of running deployments change all the time, and nothing tells of it. */
const MEASURED_MS = 5_000;
/** While something is on its way, in case an event was lost. */
const UNDERWAY_MS = 2_000;

export const deploymentsQuery = queryOptions({
  queryKey: [...keys.deployments, "list"],
  queryFn: async () => {
    const query = { limit: MOST };
    return (await dataOf(api.GET("/api/v1/deployments", { params: { query } }))).deployments;
  },
  refetchInterval: ({ state: { data } }) => refreshedAfter(data ?? []),
});

export const deploymentQuery = (deployment: string) =>
  queryOptions({
    queryKey: [...keys.deployments, "one", deployment],
    queryFn: () =>
      dataOf(api.GET("/api/v1/deployments/{deployment}", { params: { path: { deployment } } })),
    refetchInterval: ({ state: { data } }) => refreshedAfter(data ? [data] : []),
  });

/** The last fifteen minutes; measured on while somebody looks. */
export const numbersQuery = (deployment: string, isRunning: boolean) =>
  queryOptions({
    queryKey: [...keys.deployments, "numbers", deployment],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/deployments/{deployment}/numbers", { params: { path: { deployment } } }),
      ),
    refetchInterval: isRunning ? MEASURED_MS : false,
  });

type Progressing = Pick<DeploymentSummary, "state" | "upcoming">;

/** The model of tables that answers; null if pictures are asked about, or nothing answers yet. */
export function servedTable({ revision }: Pick<Deployment, "revision">): TableServed | null {
  const first = revision?.models[0];
  return first !== undefined && first.targets.length > 0 ? first : null;
}

export type TableServed = Schemas["DeployedModel"];

/** Something is being done that ends by itself. */
export const isUnderway = ({ state, upcoming }: Progressing): boolean =>
  state === "preparing" || state === "starting" || state === "stopping" || upcoming !== null;

function refreshedAfter(deployments: readonly Progressing[]): number | false {
  if (deployments.some(isUnderway)) {
    return UNDERWAY_MS;
  }
  return deployments.some(({ state }) => state === "running") ? MEASURED_MS : false;
}

export const createDeployment = (wanted: NewDeployment): Promise<Schemas["MadeDeployment"]> =>
  dataOf(api.POST("/api/v1/deployments", { body: wanted }));

const path = (deployment: string) => ({ params: { path: { deployment } } });

export const changeDeployment = (deployment: string, body: Schemas["DeploymentChange"]) =>
  dataOf(api.PATCH("/api/v1/deployments/{deployment}", { ...path(deployment), body }));

export async function deleteDeployment(deployment: string): Promise<void> {
  await api.DELETE("/api/v1/deployments/{deployment}", path(deployment));
}

export const startDeployment = (deployment: string) =>
  dataOf(api.POST("/api/v1/deployments/{deployment}/start", path(deployment)));

export const stopDeployment = (deployment: string) =>
  dataOf(api.POST("/api/v1/deployments/{deployment}/stop", path(deployment)));

/** Let the models of another run take over. */
export const createRevision = (deployment: string, run: string) =>
  dataOf(
    api.POST("/api/v1/deployments/{deployment}/revisions", { ...path(deployment), body: { run } }),
  );

/** Let a revision answer again that answered before. */
export const activateRevision = (deployment: string, number: number) =>
  dataOf(
    api.POST("/api/v1/deployments/{deployment}/revisions/{number}/activate", {
      params: { path: { deployment, number } },
    }),
  );
