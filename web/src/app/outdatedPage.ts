/**
 * Whether a part of the workbench could not be loaded: usually the server was updated, so that the files
 * this page knows of are gone. The messages are those of Chromium, Firefox and Safari.
 */
export function isOutdatedPage(problem: unknown): boolean {
  return (
    problem instanceof TypeError &&
    /dynamically imported module|module script failed/i.test(problem.message)
  );
}
