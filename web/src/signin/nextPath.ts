/** Where to go after signing in: only to addresses of the workbench itself. */

const HOME = "/";

/**
 * A path of this workbench from what an address bar says, else the start.
 *
 * Browsers read `//host`, `/\host` and paths with tabs or line ends in them as other hosts.
 */
export function localPath(next: string | null): string {
  if (next === null || !next.startsWith("/") || /^\/[/\\]/.test(next) || hasControls(next)) {
    return HOME;
  }
  const base = "http://local.invalid";
  const address = URL.canParse(next, base) ? new URL(next, base) : null;
  if (address === null || address.origin !== base || isAboutSigningIn(address.pathname)) {
    return HOME;
  }
  return address.pathname + address.search + address.hash;
}

/** Characters that browsers drop from addresses before they read them. */
const hasControls = (text: string) => [...text].some((character) => character < " ");

const isAboutSigningIn = (path: string) =>
  path === "/sign-in" || path === "/sign-up" || path === "/start" || path.startsWith("//");
