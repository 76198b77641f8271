/** Gives every element a size, so that tables and logs draw their rows in a page without a browser. */
export function givePageSize({ width = 1200, height = 600 } = {}): void {
  for (const [name, value] of Object.entries({
    offsetWidth: width,
    offsetHeight: height,
    clientWidth: width,
    clientHeight: height,
  })) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value });
  }
  HTMLElement.prototype.scrollTo ??= () => undefined;
}
