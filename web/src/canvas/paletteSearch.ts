/** Finding operators by what people type: ids, titles in both languages, synonyms, and what they do. */

/** What can be found; the palette shows more of it. */
export interface Findable {
  id: string;
  title: string;
  /** Title in the other language. */
  otherTitle: string;
  summary: string;
  otherSummary: string;
  synonyms: readonly string[];
}

const WEIGHTS = {
  /** The id as it is written in files: before operators of a group with the same last word. */
  id: 110,
  exact: 100,
  start: 80,
  word: 60,
  inside: 40,
  synonym: 50,
  summary: 15,
  letters: 8,
};

/** Search text as it is compared: lower case, without accents. */
export function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** How well a text fits what was typed: 0 for not at all. */
function nameScore(name: string, token: string): number {
  const text = folded(name);
  if (text === token) {
    return WEIGHTS.exact;
  }
  if (text.startsWith(token)) {
    return WEIGHTS.start;
  }
  if (text.split(/[\s._/-]+/).some((word) => word.startsWith(token))) {
    return WEIGHTS.word;
  }
  return text.includes(token) ? WEIGHTS.inside : 0;
}

/** Whether the letters of the token occur in this order, close together. */
function hasLetters(name: string, token: string): boolean {
  if (token.length < 3) {
    return false;
  }
  let first = -1;
  let at = -1;
  const text = folded(name);
  for (const letter of token) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) {
      return false;
    }
    first = first < 0 ? at : first;
  }
  return at - first < 2 * token.length + 2;
}

function tokenScore(item: Findable, token: string): number {
  if (folded(item.id) === token) {
    return WEIGHTS.id;
  }
  const names = [item.title, item.otherTitle, item.id, item.id.split(".").at(-1) ?? item.id];
  const name = Math.max(...names.map((text) => nameScore(text, token)));
  const synonyms = item.synonyms.map((word) => (folded(word).startsWith(token) ? 1 : 0));
  const synonym = Math.max(0, ...synonyms) * WEIGHTS.synonym;
  const isInSummary = folded(`${item.summary} ${item.otherSummary}`).includes(token);
  const best = Math.max(name, synonym, isInSummary ? WEIGHTS.summary : 0);
  if (best > 0) {
    return best;
  }
  return names.some((text) => hasLetters(text, token)) ? WEIGHTS.letters : 0;
}

/** How well an item fits: every word that was typed has to occur. */
export function score(item: Findable, query: string): number {
  const tokens = folded(query).split(/\s+/).filter(Boolean);
  let sum = 0;
  for (const token of tokens) {
    const value = tokenScore(item, token);
    if (value === 0) {
      return 0;
    }
    sum += value;
  }
  return tokens.length === 0 ? 1 : sum / tokens.length;
}

/** What fits, best first; equals stay in the order they have. With nothing typed everything fits. */
export function found<T extends Findable>(items: readonly T[], query: string): T[] {
  return items
    .map((item, place) => ({ item, place, value: score(item, query) }))
    .filter(({ value }) => value > 0)
    .sort((first, second) => second.value - first.value || first.place - second.place)
    .map(({ item }) => item);
}
