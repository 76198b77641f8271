import { describe, expect, it } from "vitest";
import { firstProblem, isProblem, LogLines, plain, searched } from "./logLines";

const logOf = (...pieces: string[]) => {
  const log = new LogLines();
  for (const piece of pieces) {
    log.append(piece);
  }
  return log;
};

describe("a log", () => {
  it("puts lines together wherever pieces end", () => {
    expect(logOf("one\ntw", "o\n", "\nfour").lines).toEqual(["one", "two", "", "four"]);
    expect(logOf("a", "b", "c\nd").lines).toEqual(["abc", "d"]);
  });

  it("shows of a progress bar what one saw last", () => {
    expect(logOf(" 10 %\r 20 %", "\r 30 %\ndone\r\n").lines).toEqual([" 30 %", "done"]);
  });

  it("gives up the oldest lines of a log that is too long", () => {
    const log = new LogLines(3);
    log.append("1\n2\n3\n4\n");
    log.append("5\n");
    expect([log.lines, log.dropped]).toEqual([["3", "4", "5"], 2]);
  });

  it("is copied without escape codes", () => {
    expect(logOf("\u001b[32mINFO\u001b[0m ready\n\u001b]8;;x\u0007link").text()).toBe(
      "INFO ready\nlink",
    );
  });

  it("is searched in either case, and goes on where it was", () => {
    const log = logOf("Alpha\n\u001b[1mal\u001b[0mpha\nbeta\nal");
    const first = searched(log, "ALPHA", null);
    expect(first.places).toEqual([0, 1]);
    log.append("pha\nalphabet\n");
    expect(searched(log, "ALPHA", first).places).toEqual([0, 1, 3, 4]);
    expect(searched(log, "", first).places).toEqual([]);
    expect(searched(logOf("alpha"), "ALPHA", first).places).toEqual([0]);
  });

  it("knows lines that tell of a failure", () => {
    expect(
      [
        "Traceback (most recent call last):",
        "\u001b[31mERROR\u001b[0m out of memory",
        "ValueError: no",
        "terrors of the deep",
        "0 warnings",
      ].map(isProblem),
    ).toEqual([true, true, true, false, false]);
    expect(firstProblem(["fine", "KeyError: 'x'", "error"])).toBe(1);
    expect(firstProblem(["fine"])).toBe(-1);
  });

  it("takes lines of plain text as they are", () => {
    expect(plain("no codes [32m here")).toBe("no codes [32m here");
  });
});
