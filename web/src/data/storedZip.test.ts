import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { MOST_ZIP_ITEMS, storedZip } from "./storedZip";

const READER = `
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
print(json.dumps([archive.testzip(), [[each.filename, archive.read(each).decode(), each.compress_type] for each in archive.infolist()]]))
`;

/** What another implementation reads: names, contents and compression methods, after it checked the sums. */
async function read(zip: Blob): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "zip-"));
  try {
    const path = join(folder, "made.zip");
    writeFileSync(path, Buffer.from(await zip.arrayBuffer()));
    return JSON.parse(execFileSync("python3", ["-c", READER, path], { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it("packs files so that another program reads them, whatever their names", async () => {
  const packed: number[] = [];
  const zip = await storedZip(
    [
      { path: "roses/1.txt", content: new Blob(["a red rose"]) },
      { path: "花/向日葵.txt", content: new Blob(["黄色"]) },
      { path: "empty.txt", content: new Blob([]) },
    ],
    (count) => packed.push(count),
  );
  expect(zip.type).toBe("application/zip");
  expect(await read(zip)).toEqual([
    null,
    [
      ["roses/1.txt", "a red rose", 0],
      ["花/向日葵.txt", "黄色", 0],
      ["empty.txt", "", 0],
    ],
  ]);
  expect(packed).toEqual([1, 2, 3]);
});

it("packs nothing into a valid zip", async () => {
  const bytes = new Uint8Array(await (await storedZip([])).arrayBuffer());
  expect([...bytes]).toEqual([0x50, 0x4b, 5, 6, ...Array<number>(18).fill(0)]);
});

it("refuses more files than the format counts", async () => {
  const item = { path: "a", content: new Blob([]) };
  await expect(storedZip(Array(MOST_ZIP_ITEMS + 1).fill(item))).rejects.toThrow(RangeError);
});
