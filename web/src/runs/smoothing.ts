/** Smoothing of curves: an exponential mean that is not pulled towards zero at the beginning. */

/**
 * Debiased exponential mean. `weight` in [0, 1): 0 changes nothing.
 *
 * Gaps (null) stay gaps and do not count: the mean goes on behind them.
 */
export function smoothed(
  values: readonly (number | null)[],
  weight: number,
): readonly (number | null)[] {
  if (weight <= 0) {
    return values;
  }
  let mean = 0;
  let share = 0; // how much of the weights has been given out: what is missing is the bias
  return values.map((value) => {
    if (value === null) {
      return null;
    }
    mean = weight * mean + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return mean / share;
  });
}
