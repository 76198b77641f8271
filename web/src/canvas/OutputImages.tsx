import { useQuery } from "@tanstack/react-query";
import { useEditor } from "@/editor/EditorContext";
import { useText } from "@/i18n/useText";
import { previewQuery, resizedUrl } from "@/samples/samples";
import classes from "./NodeBody.module.css";

const SHOWN = 5;
/** Twice what is shown, for fine screens; what is drawn there is as wide as it has to be at this size. */
const SIDE = 80;

interface OutputImagesProps {
  node: string;
  port: string;
  artifact: string;
}

/** A few pictures of a data set that a node made. */
export function OutputImages({ node, port, artifact }: OutputImagesProps) {
  const t = useText("canvas");
  const run = useEditor((state) => state.run?.id ?? null);
  const { data } = useQuery({
    ...previewQuery({ run: run ?? "", node, port, artifact }),
    enabled: run !== null,
  });
  const images = data?.images.slice(0, SHOWN) ?? [];
  return (
    <div className={classes.images}>
      {images.map(({ number, label, text, url }) => (
        <img
          key={number}
          src={resizedUrl(url, SIDE)}
          alt={text ?? label ?? t("node.sample", { number })}
          title={text ?? label ?? undefined}
          loading="lazy"
          draggable={false}
        />
      ))}
    </div>
  );
}
