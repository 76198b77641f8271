import { describe, expect, it } from "vitest";
import { type Findable, found } from "./paletteSearch";
import { synonymsOf } from "./synonyms";

const item = (id: string, title: string, otherTitle: string, summary = ""): Findable => ({
  id,
  title,
  otherTitle,
  summary,
  otherSummary: "",
  synonyms: synonymsOf(id),
});

const ITEMS = [
  item("data.split", "Split", "划分", "Divide samples into training, validation and test parts."),
  item("image.resize", "Resize", "缩放", "Bring all images to one size."),
  item("image.random_resized_crop", "Random resized crop", "随机缩放裁剪"),
  item("image.normalize", "Normalize", "归一化"),
  item("train", "Train", "训练", "Train a model on the training part of a data set."),
  item("models.evaluate", "Evaluate", "评估"),
  item("evaluate", "Evaluate", "评估"),
];

const ids = (query: string) => found(ITEMS, query).map(({ id }) => id);

describe("found", () => {
  it("keeps the order when nothing is typed", () => {
    expect(ids("  ")).toEqual(ITEMS.map(({ id }) => id));
  });

  it("puts titles that begin with it before words inside, and both before summaries", () => {
    expect(ids("resize")).toEqual(["image.resize", "image.random_resized_crop"]);
    expect(ids("train")).toEqual(["train", "data.split"]);
  });

  it("finds by the other language and by synonyms of both", () => {
    expect(ids("训练")).toEqual(["train", "data.split"]);
    expect(ids("fit")).toEqual(["train"]);
    expect(ids("准确率")).toEqual(["evaluate"]);
  });

  it("puts what is written so in files before its namesakes", () => {
    expect(ids("evaluate")).toEqual(["evaluate", "models.evaluate"]);
  });

  it("needs every word", () => {
    expect(ids("random crop")).toEqual(["image.random_resized_crop"]);
    expect(ids("random split")).toEqual([]);
  });

  it("forgives left-out letters", () => {
    expect(ids("nrmlz")).toEqual(["image.normalize"]);
  });
});
