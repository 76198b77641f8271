import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import { keys } from "@/api/queries";
import { useEditor } from "@/editor/EditorContext";
import { useText } from "@/i18n/useText";
import classes from "./NodeBody.module.css";

const SHOWN = 5;

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
    // What an artifact contains never changes, whichever run names it.
    queryKey: [...keys.runs, "preview", artifact, port],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/runs/{run}/nodes/{node}/outputs/{output}/preview", {
          params: { path: { run: run ?? "", node, output: port } },
        }),
      ),
    enabled: run !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const images = data?.images.slice(0, SHOWN) ?? [];
  return (
    <div className={classes.images}>
      {images.map(({ number, label, url }) => (
        <img
          key={number}
          src={url}
          alt={label ?? t("node.sample", { number })}
          title={label ?? undefined}
          loading="lazy"
          draggable={false}
        />
      ))}
    </div>
  );
}
