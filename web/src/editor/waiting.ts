/** Those who wait for something to end, well or not. */
export class Waiting {
  private waiters: { resolve(): void; reject(problem: unknown): void }[] = [];

  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
    });
  }

  /** It has ended; null if well. */
  end(problem: unknown): void {
    for (const { resolve, reject } of this.waiters.splice(0)) {
      problem === null ? resolve() : reject(problem);
    }
  }
}
