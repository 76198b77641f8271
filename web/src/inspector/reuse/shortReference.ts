const LONG = 12;

/** What to call a model in little space: `pets@2`, `fit of 3f9c…`, `artifact 3f9c…`. */
export function shortReference(reference: string): string {
  const [run = "", output] = reference.split(":");
  if (output === undefined) {
    return /^[0-9a-f]{32,}$/.test(run) ? `${run.slice(0, LONG)}…` : run;
  }
  if (run === "artifact") {
    return `${output.slice(0, LONG)}…`;
  }
  const node = output.split(".")[0] ?? output;
  return run.length > LONG ? `${node} · ${run.slice(0, LONG)}…` : `${node} · ${run}`;
}
