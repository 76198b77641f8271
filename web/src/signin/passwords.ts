/** What the server takes as a password and a user name, and how hard a password is to guess. */

/** As in `netloom/accounts/credentials.py`. */
export const MIN_PASSWORD = 8;
export const MAX_PASSWORD = 256;

/** As in `netloom/accounts/users.py`. */
const USER_NAME = /^[a-z][a-z0-9._-]{0,31}$/;

export const isUserName = (name: string): boolean => USER_NAME.test(name.trim().toLowerCase());

export type Strength = "short" | "weak" | "fair" | "good";

const CLASSES: [RegExp, number][] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[^a-zA-Z0-9\u0080-\uffff]/, 33],
  [/[\u0080-\uffff]/, 1000],
];

/**
 * How hard a password is to guess, roughly: bits of its characters, where repeated and consecutive ones
 * (`aaaa`, `1234`) count as nothing, as does one's own name. A hint to the person, not a rule.
 */
export function strengthOf(password: string, name = ""): Strength {
  if (password.length < MIN_PASSWORD) {
    return "short";
  }
  const own = name.trim().toLowerCase();
  const rest = own === "" ? password : password.toLowerCase().split(own).join("");
  const alphabet = CLASSES.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
  const bits = surprises(rest) * Math.log2(Math.max(alphabet, 2));
  if (bits < 40) {
    return "weak";
  }
  return bits < 64 ? "fair" : "good";
}

/** Characters that do not simply repeat or continue the one before. */
function surprises(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const step = text.charCodeAt(at) - text.charCodeAt(at - 1);
    count += at === 0 || Math.abs(step) > 1 ? 1 : 0;
  }
  return count;
}
