import type { Deployment, Revision } from "./deployments";

/** A revision, from what matters of it. */
export const revision = (number: number, more: Partial<Revision> = {}): Revision => ({
  number,
  run: `r${number}`,
  pipeline: "digits",
  state: "ready",
  is_current: false,
  digest: "0".repeat(64),
  size_bytes: 1000,
  models: [
    {
      name: "fit",
      task: "image_classification",
      labels: ["cat", "dog"],
      inputs: null,
      targets: [],
    },
  ],
  created: 1,
  created_by: "ada",
  problem: [],
  ...more,
});

/** A deployment that runs, from what matters of it. */
export const deployment = (more: Partial<Deployment> = {}): Deployment => {
  const current = revision(2, { is_current: true });
  return {
    id: "d1",
    name: "digits",
    note: "",
    state: "running",
    wanted: "running",
    url: "http://127.0.0.1:10086",
    port: 10086,
    protected: false,
    revision: current,
    upcoming: null,
    task: "image_classification",
    problem: [],
    numbers: null,
    corrections: 0,
    created: 1,
    owner: "ada",
    visibility: "private",
    right: "own",
    revisions: [current, revision(1)],
    started: 1,
    restarts: 0,
    ...more,
  };
};
