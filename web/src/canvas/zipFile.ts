/** Single texts out of a zip file, read in the browser: enough for the capsule of a run. */

const END_MARK = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const ENTRY_MARK = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
/** A longer table of contents is not one of the small files this is for. */
const LONGEST_TABLE = 1 << 18;

interface ZipEntry {
  name: string;
  method: number;
  packedBytes: number;
  offset: number;
}

/** What a zip file holds, by name; empty if it is no zip file, damaged, or one of very many files. */
export async function zipEntries(file: Blob): Promise<ReadonlyMap<string, ZipEntry>> {
  const tail = await view(file, Math.max(0, file.size - END_BYTES - LONGEST_COMMENT), file.size);
  const end = endOf(tail);
  if (end === null) {
    return new Map();
  }
  const length = tail.getUint32(end + 12, true);
  const start = tail.getUint32(end + 16, true);
  if (length > LONGEST_TABLE || start + length > file.size) {
    return new Map();
  }
  return new Map(entriesIn(await view(file, start, start + length)));
}

/** The text of one entry; null if it is packed in another way, or longer than `mostBytes`. */
export async function zipText(
  file: Blob,
  { method, packedBytes, offset }: ZipEntry,
  mostBytes: number,
): Promise<string | null> {
  const head = await view(file, offset, Math.min(file.size, offset + LOCAL_BYTES));
  if (head.byteLength < LOCAL_BYTES) {
    return null;
  }
  const start = offset + LOCAL_BYTES + head.getUint16(26, true) + head.getUint16(28, true);
  const packed = file.slice(start, start + packedBytes);
  if (method === STORED) {
    return packed.size > mostBytes ? null : packed.text();
  }
  return method === DEFLATED ? inflated(await packed.arrayBuffer(), mostBytes) : null;
}

async function inflated(packed: ArrayBuffer, mostBytes: number): Promise<string | null> {
  const source = new ReadableStream<BufferSource>({
    start(controller) {
      controller.enqueue(new Uint8Array(packed));
      controller.close();
    },
  });
  const reader = source.pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return text + decoder.decode();
    }
    length += value.byteLength;
    if (length > mostBytes) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function endOf(tail: DataView): number | null {
  for (let place = tail.byteLength - END_BYTES; place >= 0; place -= 1) {
    if (tail.getUint32(place, true) === END_MARK) {
      return place;
    }
  }
  return null;
}

function* entriesIn(table: DataView): Generator<[string, ZipEntry]> {
  const decoder = new TextDecoder();
  let place = 0;
  while (place + ENTRY_BYTES <= table.byteLength && table.getUint32(place, true) === ENTRY_MARK) {
    const nameBytes = table.getUint16(place + 28, true);
    const next =
      place +
      ENTRY_BYTES +
      nameBytes +
      table.getUint16(place + 30, true) +
      table.getUint16(place + 32, true);
    if (next > table.byteLength) {
      return;
    }
    const name = decoder.decode(
      new Uint8Array(table.buffer, table.byteOffset + place + ENTRY_BYTES, nameBytes),
    );
    yield [
      name,
      {
        name,
        method: table.getUint16(place + 10, true),
        packedBytes: table.getUint32(place + 20, true),
        offset: table.getUint32(place + 42, true),
      },
    ];
    place = next;
  }
}

const view = async (file: Blob, start: number, end: number): Promise<DataView> =>
  new DataView(await file.slice(start, end).arrayBuffer());
