/** A run's bundle: asked for until it is made, then downloaded. */
import { BASE, refusalOf, type Schemas } from "@/api/client";

export type BundleProgress = Schemas["BundleProgress"];

/** Where the file comes from once it is made. */
export const bundleUrl = (run: string): string => `${BASE}/runs/${run}/bundle`;

const USUAL_PAUSE_S = 1;

/**
 * Wait until a run's bundle is made; says how far it is. Rejects with a `Refusal` if it cannot be made.
 *
 * The file itself is left to the browser, which shows how much of it has come.
 */
export async function bundleReady(
  run: string,
  onProgress: (progress: BundleProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const stop = new AbortController();
    signal.addEventListener("abort", () => stop.abort(), { once: true });
    const answer = await fetch(bundleUrl(run), {
      signal: stop.signal,
      headers: { "Accept-Language": document.documentElement.lang || "en" },
    });
    if (answer.status !== 202) {
      if (!answer.ok) {
        throw await refusalOf(answer);
      }
      stop.abort(); // the first bytes told that it is there
      return;
    }
    onProgress((await answer.json()) as BundleProgress);
    const pauseS = Number(answer.headers.get("Retry-After") ?? USUAL_PAUSE_S);
    await pause(1000 * pauseS, signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}

/** Let the browser fetch a file of the server. */
export function download(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
