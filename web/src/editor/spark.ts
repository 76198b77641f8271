/** The line in a node: a few points of the metric worth watching. */

const MOST_POINTS = 60;

/** The metric to draw among some: a loss if there is one, of training before others, else the first. */
export function sparkMetric(names: readonly string[]): string | null {
  const rank = (name: string) => {
    const last = name.slice(name.search(/[^./]*$/));
    return last === "loss" || last === "train_loss" ? 0 : last.includes("loss") ? 1 : 2;
  };
  return names.reduce<string | null>(
    (best, name) => (best === null || rank(name) < rank(best) ? name : best),
    null,
  );
}

/** Points of one metric, thinned evenly as they become many. `points` is a new list after each change. */
export class Spark {
  points: readonly number[] = [];
  private stride = 1;
  private skipped = 0;

  constructor(readonly name: string) {}

  static of(name: string, values: readonly (number | null)[]): Spark {
    const spark = new Spark(name);
    spark.add(values);
    return spark;
  }

  add(values: readonly (number | null)[]): void {
    const points = [...this.points];
    for (const value of values) {
      if (value === null) {
        continue; // not a number: nothing to draw
      }
      this.skipped += 1;
      if (this.skipped >= this.stride) {
        this.skipped = 0;
        points.push(value);
      }
      if (points.length > MOST_POINTS) {
        points.splice(0, points.length, ...points.filter((_, index) => index % 2 === 0));
        this.stride *= 2;
      }
    }
    this.points = points;
  }
}
