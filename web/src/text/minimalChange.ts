/** The change between two texts that touches the fewest characters at one place. */

export interface TextChange {
  from: number;
  to: number;
  insert: string;
}

/**
 * What makes `before` into `after`; null if they are equal.
 *
 * What is equal at both ends is not touched, so that the cursor, the selection and the folds outside the change
 * stay where they are.
 */
export function minimalChange(before: string, after: string): TextChange | null {
  if (before === after) {
    return null;
  }
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) {
    start++;
  }
  let tail = 0;
  while (
    tail < shorter - start &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail++;
  }
  const change = {
    from: start,
    to: before.length - tail,
    insert: after.slice(start, after.length - tail),
  };
  return splitsPair(before, change) ? { from: 0, to: before.length, insert: after } : change;
}

/** Whether a change begins or ends between the two halves of one character. */
function splitsPair(text: string, { from, to }: TextChange): boolean {
  const isLow = (place: number) => {
    const code = text.charCodeAt(place);
    return code >= 0xdc00 && code <= 0xdfff;
  };
  return isLow(from) || isLow(to);
}

/** Several changes, line by line, so that edits far apart leave what is between them alone. */
export function minimalChanges(before: string, after: string): TextChange[] {
  const whole = minimalChange(before, after);
  if (whole === null) {
    return [];
  }
  const old = before.slice(whole.from, whole.to).split("\n");
  const next = whole.insert.split("\n");
  if (old.length !== next.length || old.length < 3) {
    return [whole];
  }
  const changes: TextChange[] = [];
  let place = whole.from;
  old.forEach((line, row) => {
    const change = minimalChange(line, next[row] ?? "");
    if (change !== null) {
      changes.push({ ...change, from: place + change.from, to: place + change.to });
    }
    place += line.length + 1;
  });
  return changes;
}
