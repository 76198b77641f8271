import { expect, it } from "vitest";
import { droppedFiles, isData, packedFolder } from "./droppedFiles";

function inFolder(path: string, content: string): File {
  const file = new File([content], path.split("/").at(-1) ?? "");
  Object.defineProperty(file, "webkitRelativePath", { value: path });
  return file;
}

const bytesOf = async (file: Blob) => [...new Uint8Array(await file.arrayBuffer())];

it("packs a folder without what file managers leave in it, in any order into the same file", async () => {
  const rose = inFolder("flowers/rose/1.png", "r");
  const tulip = inFolder("flowers/tulip/1.png", "t");
  const left = inFolder("flowers/rose/.DS_Store", "x");
  const packed = await packedFolder([tulip, left, rose]);
  expect(packed.name).toBe("flowers.zip");
  expect(await bytesOf(packed)).toEqual(await bytesOf(await packedFolder([rose, tulip])));
  const text = await packed.text();
  expect(text).toContain("rose/1.png");
  expect(text).not.toContain("DS_Store");
});

it("refuses an empty folder and a file that is no data, and says which", async () => {
  await expect(packedFolder([inFolder("junk/Thumbs.db", "x")])).rejects.toMatchObject({
    problem: "folderEmpty",
    fileName: "junk",
  });
  const transfer = { items: [], files: [new File([], "cat.png")] } as unknown as DataTransfer;
  await expect(droppedFiles(transfer)).rejects.toMatchObject({
    problem: "notData",
    fileName: "cat.png",
  });
});

it("walks through a dropped folder, however many at a time the browser gives", async () => {
  const leaf = (name: string, content: string) => ({
    isDirectory: false,
    name,
    file: (resolve: (file: File) => void) => resolve(new File([content], name)),
  });
  const folder = (name: string, ...batches: unknown[][]) => ({
    isDirectory: true,
    name,
    createReader: () => {
      const rest = [...batches, []];
      return { readEntries: (resolve: (found: unknown) => void) => resolve(rest.shift()) };
    },
  });
  const entry = folder("pets", [leaf("a.png", "A")], [folder("cats", [leaf("b.png", "B")])]);
  const items = [{ webkitGetAsEntry: () => entry }];
  const [packed] = await droppedFiles({ items, files: [] } as unknown as DataTransfer);
  expect(packed?.name).toBe("pets.zip");
  expect(await packed?.text()).toMatch(/a\.png[\s\S]*cats\/b\.png/);
});

it("knows data by their file names", () => {
  expect(["a.ZIP", "b.parquet", "c.csv", "d.png", "zip"].map(isData)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
