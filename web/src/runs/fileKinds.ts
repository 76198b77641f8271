/** Which files a page can show, and how. */

const IMAGES = /\.(?:png|jpe?g|gif|webp|bmp)$/i;
const FRAMES = /\.(?:html?|txt|log|json|jsonl|ya?ml|csv|tsv|md|toml)$/i;
const LONGEST_TEXT = 8_000_000;

/** Pictures as pictures, texts and reports in a frame of their own; null for what can only be downloaded. */
export function viewOf(path: string): "image" | "frame" | null {
  if (IMAGES.test(path)) {
    return "image";
  }
  return FRAMES.test(path) ? "frame" : null;
}

export function isViewable(path: string, sizeBytes: number): boolean {
  const view = viewOf(path);
  return view === "image" || (view === "frame" && sizeBytes > 0 && sizeBytes <= LONGEST_TEXT);
}
