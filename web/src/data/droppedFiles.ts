/**
 * What somebody dropped on the page: files, or folders to look through.
 *
 * Folders can only be read while the drop is being handled, so entries are taken from the event at once.
 */
import { LARGEST_ZIP_BYTES, MOST_ZIP_ITEMS, storedZip, type ZipItem } from "./storedZip";

/** Why something that was dropped cannot be sent; a key below `data:drop`. */
export type DropProblem = "nothing" | "notData" | "folderTooLarge" | "folderEmpty";

/** Something dropped cannot be sent; `problem` says why, `name` what. */
export class NotSendable extends Error {
  constructor(
    readonly problem: DropProblem,
    readonly fileName: string,
  ) {
    super(problem);
  }
}

const DATA = /\.(zip|parquet|csv|tsv|jsonl|txt)$/i;
/** What file managers leave in folders; it is no data. */
const LEFTOVER = /(^|\/)(\.[^/]*|__MACOSX|Thumbs\.db|desktop\.ini)(\/|$)/i;

/** Whether a file looks like data that the server takes. */
export const isData = (name: string): boolean => DATA.test(name);

/** The files to send of a drop: files as they are, each folder as a zip. */
export async function droppedFiles(
  transfer: DataTransfer,
  onPacked?: (count: number) => void,
): Promise<File[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  const plain = [...transfer.files];
  if (entries.length === 0) {
    return plain.map(checked);
  }
  const found: File[] = [];
  for (const entry of entries) {
    if (entry.isDirectory) {
      const name = entry.name;
      found.push(
        await packed(name, await filesBelow(entry as FileSystemDirectoryEntry, ""), onPacked),
      );
    } else {
      found.push(checked(await fileOf(entry as FileSystemFileEntry)));
    }
  }
  return found;
}

/** The zip of a folder chosen with a file dialogue, whose files know their relative paths. */
export function packedFolder(
  files: readonly File[],
  onPacked?: (count: number) => void,
): Promise<File> {
  const [name = "folder"] = (files[0]?.webkitRelativePath ?? "").split("/");
  const items = files.map((file) => ({
    path: file.webkitRelativePath.split("/").slice(1).join("/"),
    content: file,
  }));
  return packed(name, items, onPacked);
}

function checked(file: File): File {
  if (!isData(file.name)) {
    throw new NotSendable("notData", file.name);
  }
  return file;
}

async function packed(
  name: string,
  found: readonly ZipItem[],
  onPacked?: (count: number) => void,
): Promise<File> {
  const items = found.filter(({ path }) => !LEFTOVER.test(path));
  const bytes = items.reduce((sum, { content }) => sum + content.size, 0);
  if (items.length === 0) {
    throw new NotSendable("folderEmpty", name);
  }
  if (items.length > MOST_ZIP_ITEMS || bytes > 0.98 * LARGEST_ZIP_BYTES) {
    throw new NotSendable("folderTooLarge", name);
  }
  // The same order whatever the browser's: the same folder makes the same file, and can be resumed.
  const sorted = [...items].sort((first, second) => (first.path < second.path ? -1 : 1));
  return new File([await storedZip(sorted, onPacked)], `${name}.zip`, { type: "application/zip" });
}

async function filesBelow(folder: FileSystemDirectoryEntry, prefix: string): Promise<ZipItem[]> {
  const found: ZipItem[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = prefix + entry.name;
    if (entry.isDirectory) {
      found.push(...(await filesBelow(entry as FileSystemDirectoryEntry, `${path}/`)));
    } else {
      found.push({ path, content: await fileOf(entry as FileSystemFileEntry) });
    }
    if (found.length > MOST_ZIP_ITEMS) {
      break;
    }
  }
  return found;
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** A reader gives a folder's entries by the hundred, until it gives none. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) {
      return all;
    }
    all.push(...some);
  }
}
