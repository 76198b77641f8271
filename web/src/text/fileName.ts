/** A name for the file of a pipeline that every file system takes. */
export function fileName(pipeline: string): string {
  const name = pipeline
    .trim()
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return `${name || "pipeline"}.yaml`;
}
