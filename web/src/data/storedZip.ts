/**
 * Pack files into a zip without compressing them: pictures are compressed already.
 *
 * Written by hand for the one case we need (PKWARE APPNOTE 6.3, method 0, names in UTF-8), so that a folder dropped on the
 * page can be sent. The contents stay `Blob`s: the browser reads them from the disk while the zip is sent.
 */

/** A file to pack and its path inside the zip, with `/` between folders. */
export interface ZipItem {
  path: string;
  content: Blob;
}

/** Zip64 would be needed beyond: such folders should be packed by a program that compresses in the background. */
export const LARGEST_ZIP_BYTES = 2 ** 32 - 1;
export const MOST_ZIP_ITEMS = 65_535;

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const VERSION = 20;
const NAMES_IN_UTF8 = 0x0800;
/** 1 January 1980, the zero of the format: the same folder gives the same bytes. */
const DATE = 0x0021;

/** The zip of some files; throws a `RangeError` for what the simple format cannot hold. */
export async function storedZip(
  items: readonly ZipItem[],
  onPacked?: (count: number) => void,
): Promise<Blob> {
  if (items.length > MOST_ZIP_ITEMS) {
    throw new RangeError(`more than ${MOST_ZIP_ITEMS} files`);
  }
  const parts: BlobPart[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const [index, { path, content }] of items.entries()) {
    const name = new TextEncoder().encode(path);
    const sum = await crc32(content);
    const local = localHeader(name, sum, content.size);
    directory.push(centralHeader(name, sum, content.size, offset));
    parts.push(local, content);
    offset += local.length + content.size;
    if (offset > LARGEST_ZIP_BYTES) {
      throw new RangeError(`more than ${LARGEST_ZIP_BYTES} bytes`);
    }
    onPacked?.(index + 1);
  }
  const length = directory.reduce((sum, entry) => sum + entry.length, 0);
  parts.push(...directory, endOfDirectory(items.length, length, offset));
  return new Blob(parts, { type: "application/zip" });
}

function localHeader(name: Uint8Array, sum: number, size: number): Uint8Array<ArrayBuffer> {
  return record(30, name, (view) => {
    view.setUint32(0, LOCAL_HEADER, true);
    entryFields(view, 4, name, sum, size);
  });
}

function centralHeader(
  name: Uint8Array,
  sum: number,
  size: number,
  offset: number,
): Uint8Array<ArrayBuffer> {
  return record(46, name, (view) => {
    view.setUint32(0, CENTRAL_HEADER, true);
    view.setUint16(4, VERSION, true);
    entryFields(view, 6, name, sum, size);
    view.setUint32(42, offset, true);
  });
}

/** What both headers say of a file, from the version needed to the length of its name. */
function entryFields(
  view: DataView,
  at: number,
  name: Uint8Array,
  sum: number,
  size: number,
): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, NAMES_IN_UTF8, true);
  view.setUint16(at + 8, DATE, true);
  view.setUint32(at + 10, sum, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name.length, true);
}

function endOfDirectory(count: number, length: number, offset: number): Uint8Array<ArrayBuffer> {
  return record(22, new Uint8Array(), (view) => {
    view.setUint32(0, END_OF_DIRECTORY, true);
    view.setUint16(8, count, true);
    view.setUint16(10, count, true);
    view.setUint32(12, length, true);
    view.setUint32(16, offset, true);
  });
}

function record(
  length: number,
  name: Uint8Array,
  fill: (view: DataView) => void,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length + name.length);
  fill(new DataView(bytes.buffer));
  bytes.set(name, length);
  return bytes;
}

const SUMS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return sum;
});

/** The CRC-32 of the zip format (ISO 3309), read in pieces. */
async function crc32(content: Blob): Promise<number> {
  let sum = 0xffffffff;
  for (let offset = 0; offset < content.size; offset += 4 << 20) {
    const bytes = new Uint8Array(await content.slice(offset, offset + (4 << 20)).arrayBuffer());
    for (const byte of bytes) {
      sum = (SUMS[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
    }
  }
  return (sum ^ 0xffffffff) >>> 0;
}
