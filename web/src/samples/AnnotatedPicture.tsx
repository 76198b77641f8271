import { useTranslation } from "react-i18next";
import { formatPercent } from "@/ui/formatting";
import { ObjectNames } from "./ObjectNames";
import { outlinePath } from "./outlines";
import classes from "./SampleViewer.module.css";
import {
  type FoundObject,
  type OutputPlace,
  pictureUrl,
  type SampleObject,
  type StoredSample,
} from "./samples";
import type { Zoom } from "./zoom";

interface AnnotatedPictureProps {
  place: OutputPlace;
  sample: StoredSample;
  zoom: Zoom;
  isPlain: boolean;
  /** Position of the object that is pointed at, among those of the sample and then those found in it. */
  marked: number | null;
  onMarked(position: number | null): void;
}

/** Pictures with fewer pixels are enlarged so that each can be seen. */
const TINY = 200;

/** A picture as large as there is room. Objects are drawn here, in sharp lines; all else by the server. */
export function AnnotatedPicture(props: AnnotatedPictureProps) {
  const { place, sample, zoom, isPlain, marked } = props;
  const { t } = useTranslation("samples");
  const { number, width, height, objects, found, label, text } = sample;
  const isBeside = !isPlain && ["picture", "depth", "normals"].includes(sample.kind);
  const isPlainPicture = isPlain || objects.length > 0;
  const ratio = (isBeside ? 2 * width : width) / height;
  return (
    <figure
      className={classes.figure}
      style={{ aspectRatio: ratio, width: widthOf(zoom, ratio, height) }}
    >
      <img
        src={pictureUrl(place, number, { isPlain: isPlainPicture })}
        alt={text ?? label ?? t("sample", { number: number + 1 })}
        data-tiny={Math.max(width, height) <= TINY || (zoom ?? 1) > 3 || undefined}
      />
      {!isPlain && objects.length + found.length > 0 && <Overlay {...props} />}
      {!isPlain && <ObjectNames sample={sample} marked={marked} />}
    </figure>
  );
}

/** As wide as the stage allows, and never higher; or so many screen pixels for each of the picture. */
const widthOf = (zoom: Zoom, ratio: number, height: number): number | string =>
  zoom === null ? `min(100%, calc(var(--stage-height) * ${ratio}))` : zoom * height * ratio;

function Overlay({ sample, marked, onMarked }: AnnotatedPictureProps) {
  const { width, height, objects, found, kind } = sample;
  const shapes = [
    ...objects.map((object) => ({ ...object, title: titleOf(object), isFound: false })),
    ...found.map((each) => ({
      ...each,
      colour: "var(--nl-accent)",
      is_crowd: false,
      title: foundTitle(each),
      isFound: true,
    })),
  ];
  return (
    <svg
      className={classes.overlay}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden
      data-areas={kind === "mask" || undefined}
    >
      {shapes.map((shape, position) => (
        <path
          // biome-ignore lint/suspicious/noArrayIndexKey: objects have no identity but their place
          key={position}
          d={outlinePath(shape)}
          style={{ stroke: shape.colour, fill: shape.colour }}
          data-found={shape.isFound || undefined}
          data-marked={position === marked || undefined}
          data-faded={(marked !== null && position !== marked) || undefined}
          data-crowd={shape.is_crowd || undefined}
          onPointerEnter={() => onMarked(position)}
          onPointerLeave={() => onMarked(null)}
        >
          <title>{shape.title}</title>
        </path>
      ))}
    </svg>
  );
}

const titleOf = ({ label, text }: SampleObject): string =>
  [label, text].filter((word) => word !== null).join(" · ");

const foundTitle = ({ label, score }: FoundObject): string =>
  [label, formatPercent(score)].filter((word) => word !== null).join(" · ");
