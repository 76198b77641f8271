import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { pipelineText, sourceNode } from "./pipelineText";
import { datasetWith, findingsWith } from "./surveyed.testing";

const side = (median: number) => ({ min: 1, median, max: 2 * median, bars: [] });
const pipelineOf = (dataset: Parameters<typeof datasetWith>[0], findings = findingsWith()) =>
  parse(pipelineText(datasetWith(dataset, findings)) ?? "");

describe("a first pipeline", () => {
  it("reads, divides, resizes, trains and measures", () => {
    expect(pipelineOf({})).toEqual({
      netloom: 1,
      name: "pets",
      description: "Classify pets.",
      nodes: {
        data: { op: "data.image_zip", path: ".netloom/uploads/d1/pets.zip" },
        parts: { op: "data.split", dataset: "data", valid: 0.1, test: 0.2, seed: 7 },
        sized: { op: "image.resize", images: "parts", size: 64 },
        images: { op: "image.normalize", images: "sized" },
        model: { op: "models.image_classifier", backbone: { type: "convnet" } },
        fit: { op: "train", model: "model", dataset: "images", epochs: 20 },
        score: { op: "evaluate", model: "fit.model", dataset: "images" },
      },
    });
  });

  it("does not divide what is divided", () => {
    const { nodes } = pipelineOf({}, findingsWith({ parts: { train: 60, test: 20 } }));
    expect(Object.keys(nodes)).not.toContain("parts");
    expect(nodes.sized.images).toBe("data");
  });

  it.each([
    [8, 16, "convnet"],
    [70, 64, "convnet"],
    [90, 96, "resnet"],
    [3000, 128, "resnet"],
  ])("brings pictures of %i pixels to %i for a %s", (median, size, type) => {
    const { nodes } = pipelineOf({}, findingsWith({ width: side(median), height: side(1) }));
    expect([nodes.sized.size, nodes.model.backbone.type]).toEqual([size, type]);
  });

  it("of annotated pictures has the network for them, and keeps the parts of the files", () => {
    const { description, nodes } = pipelineOf(
      { source: { operator: "data.detection", settings: { path: "uploads/pets.zip" } } },
      findingsWith({ width: { ...side(800), max: 900 } }),
    );
    expect(description).toBe("Find the objects in pets.");
    expect(nodes).toEqual({
      data: { op: "data.detection", path: "uploads/pets.zip" },
      parts: { op: "data.split", dataset: "data", valid: 0.1, test: 0.2, seed: 7 },
      sized: { op: "image.resize", images: "parts", size: 512 },
      images: { op: "image.normalize", images: "sized" },
      model: { op: "models.object_detector" },
      fit: { op: "train", model: "model", dataset: "images", epochs: 20 },
      score: { op: "evaluate", model: "fit.model", dataset: "images" },
    });
  });

  it("of videos has frames of a size that many of them fit into memory", () => {
    const { description, nodes } = pipelineOf(
      { source: { operator: "data.video", settings: { path: "uploads/sport.zip" } } },
      findingsWith({ width: { ...side(300), max: 320 } }),
    );
    expect(description).toBe("Tell what happens in pets.");
    expect(nodes.sized).toEqual({ op: "image.resize", images: "parts", size: 112 });
    expect(nodes.model).toEqual({ op: "models.video_classifier" });
  });

  it("has a name that pipelines may have, and no trouble with quotes", () => {
    const { name, description } = pipelineOf({ name: ' My "cats" & 狗: v2 ' });
    expect(name).toBe("My_cats_狗_v2");
    expect(description).toBe('Classify  My "cats" & 狗: v2 .');
    expect(pipelineOf({ name: "null" }).name).toBe("null");
  });

  it("leaves out what the survey could not read", () => {
    const damaged = findingsWith({ skipped: { total: 1, files: [] } });
    expect(sourceNode(datasetWith({}, damaged))).toBe(
      '{op: data.image_zip, path: ".netloom/uploads/d1/pets.zip", on_bad: skip}',
    );
  });

  it("waits until the file has arrived", () => {
    expect(pipelineText(datasetWith({ source: null }))).toBeNull();
  });
});
