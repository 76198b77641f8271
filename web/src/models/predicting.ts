/** Trying a model out: each picture is sent, and what came back is kept while one is on the page. */
import { useCallback, useEffect, useRef, useState } from "react";
import { api, dataOf, type Schemas } from "@/api/client";
import type { ModelExample } from "./models";

export type LabelScore = Schemas["LabelScore"];

/** One try. While neither `top` nor `problem` is there, the model thinks. */
export interface Try {
  readonly key: number;
  readonly name: string;
  /** A video cannot be seen here before the answer brings some of its frames. */
  readonly isVideo: boolean;
  /** What was sent; null for an example, which the server has. */
  readonly file: Blob | null;
  /** Where the picture can be seen; null if browsers cannot show its format. */
  readonly picture: string;
  /** What an example really shows. */
  readonly truth: string | null;
  readonly top: readonly LabelScore[] | null;
  /** The answer in the form of the learning task, and a picture of it where scores do not say it all. */
  readonly prediction: Readonly<Record<string, unknown>> | null;
  readonly drawing: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly seconds: number | null;
  readonly loadSeconds: number;
  readonly problem: unknown;
}

export type Answer = Schemas["Predictions"];
type Ask = () => Promise<Answer>;

/** Labels that are told at most. */
export const TOP = 10;
const KEPT = 40;

/** Send a picture as it is. */
function predictPicture(model: string, picture: Blob): Promise<Answer> {
  return dataOf(
    api.POST("/api/v1/models/{model}/predictions", {
      params: { path: { model }, query: { top: TOP } },
      body: picture as unknown as string, // the description has no type for bytes
      bodySerializer: (body) => body,
      headers: { "Content-Type": contentType(picture) },
    }),
  ) as Promise<Answer>; // rows of tables are answered in another way
}

export const contentType = (picture: Blob): string =>
  /^(image|video)\//.test(picture.type) ? picture.type : "application/octet-stream";

/** Where a try can be seen in small; empty for a video whose frames are not there yet. */
export const shownAt = ({ isVideo, drawing, picture }: Try): string =>
  isVideo ? (drawing ?? "") : picture;

/** What a try is called among others: the first answer, or what was sent if answers are no labels. */
export const shortAnswer = ({ top, problem, name }: Try): string =>
  top === null ? (problem === null ? "…" : "–") : (top[0]?.label ?? name);

/** Predict one of the examples, which the server has. */
function predictExample(model: string, number: number): Promise<Answer> {
  return dataOf(
    api.POST("/api/v1/models/{model}/predictions", {
      params: { path: { model }, query: { top: TOP } },
      body: { examples: [number] },
    }),
  ) as Promise<Answer>;
}

/** The tries of this visit, newest first, and the ways to make one. */
export interface Tries {
  /** The model is one of videos. */
  readonly takesVideos: boolean;
  readonly tries: readonly Try[];
  readonly shown: Try | null;
  show(key: number): void;
  tryFiles(files: readonly File[]): void;
  tryExample(example: ModelExample): void;
}

export function useTries(
  model: string,
  takesVideos = false,
  predict: (model: string, picture: Blob) => Promise<Answer> = predictPicture,
): Tries {
  const [tries, setTries] = useState<readonly Try[]>([]);
  const [shown, show] = useState<number | null>(null);
  const count = useRef(0);
  const urls = useRef<string[]>([]);
  useEffect(
    () => () => {
      for (const url of urls.current) {
        URL.revokeObjectURL(url);
      }
    },
    [],
  );
  const begin = useCallback((given: Given, ask: Ask) => {
    count.current += 1;
    const key = count.current;
    setTries((before) => [begun(key, given), ...before].slice(0, KEPT));
    show(key);
    const settle = (changes: Partial<Try>) =>
      setTries((before) =>
        before.map((each) => (each.key === key ? { ...each, ...changes } : each)),
      );
    ask().then(
      (answer) => settle(settled(answer)),
      (problem: unknown) => settle({ problem }),
    );
  }, []);
  return {
    takesVideos,
    tries,
    shown: tries.find((each) => each.key === shown) ?? null,
    show,
    tryFiles: (files) => {
      for (const file of files) {
        const url = URL.createObjectURL(file);
        urls.current.push(url);
        const isVideo = file.type.startsWith("video/");
        begin({ name: file.name, file, picture: url, truth: null, isVideo }, () =>
          predict(model, file),
        );
      }
    },
    tryExample: (example) =>
      begin(
        {
          name: example.id,
          file: null,
          picture: example.url,
          truth: example.label,
          isVideo: false,
        },
        () => predictExample(model, example.number),
      ),
  };
}

type Given = Pick<Try, "name" | "file" | "picture" | "truth" | "isVideo">;

const begun = (key: number, given: Given): Try => ({
  ...given,
  key,
  top: null,
  prediction: null,
  drawing: null,
  width: null,
  height: null,
  seconds: null,
  loadSeconds: 0,
  problem: null,
});

/** What an answer about one picture says. */
export function settled({ predictions, seconds, load_seconds }: Answer): Partial<Try> {
  const [first] = predictions;
  return first === undefined
    ? {}
    : {
        top: first.top,
        prediction: first.prediction,
        drawing: first.drawing && `data:image/png;base64,${first.drawing}`,
        width: first.width,
        height: first.height,
        seconds,
        loadSeconds: load_seconds,
      };
}
