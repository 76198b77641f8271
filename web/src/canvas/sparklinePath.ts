/** The path of a curve that fills a rectangle; a constant runs through its middle. */
export function sparklinePath(points: readonly number[], width: number, height: number): string {
  const finite = points.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  const step = width / Math.max(1, finite.length - 1);
  return finite
    .map((value, place) => {
      const share = range === 0 ? 0.5 : (value - low) / range;
      const y = 1 + (1 - share) * (height - 2);
      return `${place === 0 ? "M" : "L"}${(place * step).toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}
