import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Refusal } from "@/api/client";
import { answerWith } from "@/api/server.testing";
import { renderScreen } from "@/ui/testing";
import FolderDialog from "./FolderDialog";
import type { FolderListing } from "./folders";

const folder = (path: string) => ({ name: nameOf(path), path, is_folder: true, size_bytes: null });
const file = (path: string) => ({ name: nameOf(path), path, is_folder: false, size_bytes: 2048 });
const nameOf = (path: string) => path.split("/").at(-1) ?? "";

const FOLDERS: Record<string, FolderListing> = {
  ".": listing(".", null, [folder("data"), file("readme.txt")]),
  data: listing("data", ".", [folder("data/cats"), folder("data/dogs"), file("data/list.csv")]),
};

function listing(
  path: string,
  parent: string | null,
  entries: FolderListing["entries"],
): FolderListing {
  return { path, parent, roots: ["."], entries, is_complete: true };
}

const onChoose = vi.fn();
beforeEach(() => {
  onChoose.mockReset();
  Element.prototype.scrollIntoView ??= () => undefined; // jsdom has no layout to scroll
});

function opened(value: string, folders = FOLDERS) {
  const asked = answerWith({
    "GET /api/v1/files": ({ query }) => {
      const path = String(query.path);
      const found = folders[path === "" ? "." : path];
      if (found === undefined) {
        throw new Refusal(404, `there is no folder '${path}' that may be looked into`);
      }
      return found;
    },
  });
  renderScreen(<FolderDialog value={value} onChoose={onChoose} onClose={() => undefined} />);
  return () => asked.map(({ query }) => query.path);
}

const names = async () =>
  (await screen.findAllByRole("option")).map((option) => option.textContent);
const chosen = () => screen.getByRole("option", { selected: true }).textContent;

describe("choosing a file of the server's machine", () => {
  it("begins where the setting points at", async () => {
    opened("data");
    expect(await names()).toEqual(["cats", "dogs", "list.csv2.0 kB"]);
    expect(screen.getByRole("heading", { level: 3 }).textContent).toBe("data");
  });

  it("begins in the project folder if the setting points elsewhere", async () => {
    const asked = opened("/somewhere/else");
    expect(await names()).toEqual(["data", "readme.txt2.0 kB"]);
    expect(asked()).toEqual(["/somewhere/else", ""]);
    expect(screen.queryByRole("alert")).toBeNull();
    expect(screen.getByRole("heading", { level: 3 }).textContent).toBe("Project folder");
  });

  it("goes into folders and chooses a file with the keyboard", async () => {
    opened("");
    expect(await names()).toHaveLength(2);
    await userEvent.keyboard("{Enter}");
    expect(await screen.findByText("cats")).toBeTruthy();
    await userEvent.keyboard("{ArrowUp}");
    expect(chosen()).toContain("list.csv");
    await userEvent.keyboard("{ArrowDown}{ArrowDown}");
    expect(chosen()).toBe("dogs");
    await userEvent.keyboard("{Backspace}");
    expect(await screen.findByText("readme.txt")).toBeTruthy();
    await userEvent.keyboard("read{Enter}");
    expect(onChoose).toHaveBeenCalledExactlyOnceWith("readme.txt");
  });

  it("takes letters off the filter with Backspace before it goes up", async () => {
    opened("data");
    await names();
    await userEvent.keyboard("dogsx");
    expect(screen.queryAllByRole("option")).toEqual([]);
    await userEvent.keyboard("{Backspace}");
    expect(await names()).toEqual(["dogs"]);
  });

  it("uses the folder that is open", async () => {
    opened("data");
    await names();
    await userEvent.click(screen.getByRole("button", { name: "Use this folder" }));
    expect(onChoose).toHaveBeenCalledExactlyOnceWith("data");
  });

  it("says why when nothing may be looked into", async () => {
    opened("data", {});
    expect((await screen.findByRole("alert")).textContent).toContain("may be looked into");
  });

  it("offers the other places one may begin at", async () => {
    opened("data", {
      data: { ...listing("data", null, []), roots: ["data", "/mnt/pictures"] },
      "/mnt/pictures": listing("/mnt/pictures", null, [folder("/mnt/pictures/2024")]),
    });
    const up = await screen.findByRole("button", { name: "Up to the folder above" });
    expect(up).toHaveProperty("disabled", true);
    await userEvent.click(screen.getByRole("combobox", { name: "Other places" }));
    await userEvent.click(await screen.findByRole("option", { name: "/mnt/pictures" }));
    expect(await screen.findByText("2024")).toBeTruthy();
  });

  it("tells that a folder has more than is listed", async () => {
    opened("data", { data: { ...FOLDERS.data, is_complete: false } as FolderListing });
    expect(await screen.findByText(/There is more in this folder/)).toBeTruthy();
  });
});
