import { describe, expect, it } from "vitest";
import { droppedFile } from "./droppedFile";
import { zipEntries, zipText } from "./zipFile";

const RESOLVED = "netloom: 1\nnodes:\n  a: {op: b}\n";
const WRITTEN = `# 图\n${RESOLVED}`;

/** A zip file as the server packs it; `deflated` entries are really packed. */
async function zipOf(files: Record<string, string>, isDeflated: boolean): Promise<File> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const table: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const plain = new TextEncoder().encode(text);
    const packed = isDeflated ? await deflated(plain) : plain;
    const encoded = new TextEncoder().encode(name);
    const local = header(30, 0x04034b50, { 8: isDeflated ? 8 : 0, 26: encoded.length });
    const entry = header(46, 0x02014b50, { 10: isDeflated ? 8 : 0, 28: encoded.length });
    const facts = new DataView(entry.buffer);
    facts.setUint32(20, packed.length, true);
    facts.setUint32(24, plain.length, true);
    facts.setUint32(42, offset, true);
    parts.push(local, encoded, packed);
    table.push(entry, encoded);
    offset += local.length + encoded.length + packed.length;
  }
  const end = header(22, 0x06054b50, { 10: Object.keys(files).length });
  const facts = new DataView(end.buffer);
  facts.setUint32(
    12,
    table.reduce((sum, { length }) => sum + length, 0),
    true,
  );
  facts.setUint32(16, offset, true);
  return new File([...parts, ...table, end], "run.capsule.zip");
}

function header(length: number, mark: number, shorts: Record<number, number>) {
  const bytes = new Uint8Array(length);
  const facts = new DataView(bytes.buffer);
  facts.setUint32(0, mark, true);
  for (const [place, value] of Object.entries(shorts)) {
    facts.setUint16(Number(place), value, true);
  }
  return bytes;
}

async function deflated(plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packer = new CompressionStream("deflate-raw");
  const writer = packer.writable.getWriter();
  void writer.write(plain);
  void writer.close();
  return new Uint8Array(await new Response(packer.readable).arrayBuffer());
}

const CAPSULE = {
  "pipeline.yaml": WRITTEN,
  "pipeline.resolved.yaml": RESOLVED,
  "request.json": "{}",
};

describe.each([true, false])("a zip file, deflated: %s", (isDeflated) => {
  it("gives its texts by name, up to a length", async () => {
    const file = await zipOf(CAPSULE, isDeflated);
    const entries = await zipEntries(file);
    expect([...entries.keys()]).toEqual(Object.keys(CAPSULE));
    const entry = entries.get("pipeline.yaml");
    expect(entry && (await zipText(file, entry, 1000))).toBe(WRITTEN);
    expect(entry && (await zipText(file, entry, 20))).toBeNull();
  });

  it("is the capsule of a run if it holds what one does: as written, else as resolved", async () => {
    const { "pipeline.yaml": _, ...fromPython } = CAPSULE;
    const found = [
      await droppedFile(await zipOf(CAPSULE, isDeflated)),
      await droppedFile(await zipOf(fromPython, isDeflated)),
    ];
    expect(found).toEqual([
      { kind: "capsule", name: "run.capsule.zip", text: WRITTEN },
      { kind: "capsule", name: "run.capsule.zip", text: RESOLVED },
    ]);
  });

  it("is one of images otherwise", async () => {
    const images = await zipOf({ "a/1.png": "x", "pipeline.yaml": WRITTEN }, isDeflated);
    expect((await droppedFile(images)).kind).toBe("images");
  });
});

it("takes what is no zip file, or cut short, for nothing", async () => {
  const whole = await zipOf(CAPSULE, true);
  expect((await zipEntries(new File(["PK no zip"], "a.zip"))).size).toBe(0);
  expect((await zipEntries(whole.slice(0, whole.size - 30))).size).toBe(0);
  expect((await zipEntries(whole.slice(40))).size).toBe(0);
});
