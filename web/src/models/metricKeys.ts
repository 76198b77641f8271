/** Keys of metrics: `node.metric`; of the validation part while training: `node.valid/metric`. */

interface Wanted {
  readonly metric: string;
  readonly trainingNode: string;
  /** By a node made for that, not by the training of itself. */
  readonly isMeasured: boolean;
}

/** Whether a key is that of a metric. Nodes have no dots in their names; metrics may. */
export function isOf(key: string, { metric, trainingNode, isMeasured }: Wanted): boolean {
  const dot = key.indexOf(".");
  const isTraining = key.slice(0, dot) === trainingNode;
  const wanted = isMeasured ? metric : `valid/${metric}`;
  return isTraining !== isMeasured && key.slice(dot + 1) === wanted;
}
