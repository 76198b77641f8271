/** Checksums in the browser. */

/** SubtleCrypto wants the whole file in memory: larger ones go without, and TCP and the zip's own sums must do. */
const LARGEST_BYTES = 128 << 20;

/** SHA-256 in hexadecimal; null if the file is too large, or the page came without TLS from elsewhere. */
export async function checksumOf(file: Blob, signal?: AbortSignal): Promise<string | null> {
  // Browsers hide SubtleCrypto on pages that came over plain HTTP from another machine.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (subtle === undefined || file.size > LARGEST_BYTES) {
    return null;
  }
  const digest = await subtle.digest("SHA-256", new Uint8Array(await file.arrayBuffer()));
  signal?.throwIfAborted();
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
