import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useCatalogue, useEditor, useEditorActions } from "@/editor/EditorContext";
import { adapters, inputPort, outputPort, whyNot } from "@/graph/connecting";
import { Anchor } from "./Anchor";
import { NODE_WIDTH, onGrid } from "./geometry";
import classes from "./Palette.module.css";
import { type AdapterOffer as Offer, show, useCanvasView } from "./view";

const MOST = 6;

/** After a connection that does not fit: why not, and operators that could stand between. */
export function AdapterOffer() {
  const offer = useCanvasView((view) => view.offer);
  return offer && <OfferMenu offer={offer} />;
}

function OfferMenu({ offer }: { offer: Offer }) {
  const { t } = useTranslation(["canvas", "editor"]);
  const catalogue = useCatalogue();
  const actions = useEditorActions();
  const graph = useEditor((state) => state.graph);
  const wired = useEditor((state) => state.wired);
  if (graph === null) {
    return null;
  }
  const { source, target, canvas } = offer;
  const given = outputPort(catalogue, graph, source)?.type ?? "";
  const wanted = inputPort(catalogue, graph, target)?.type ?? "";
  const reason = whyNot(catalogue, graph, wired, source, target);
  const between = reason?.key === "connect.type" ? adapters(catalogue, given, wanted, graph) : [];
  return (
    <Menu
      opened
      onClose={() => show({ offer: null })}
      position="bottom-start"
      withinPortal
      width={320}
    >
      <Anchor at={offer.screen} />
      <Menu.Dropdown>
        <p className={classes.nothing}>{reason && t(`editor:${reason.key}`, reason.values)}</p>
        {between.length > 0 && <Menu.Label>{t("adapter.insert")}</Menu.Label>}
        {between.slice(0, MOST).map(({ operator, input, output }) => (
          <Menu.Item
            key={operator.id}
            onClick={() => {
              const at = { x: onGrid(canvas.x - NODE_WIDTH - 80), y: onGrid(canvas.y - 48) };
              const id = actions.addNode(
                operator.id,
                at,
                {},
                {
                  from: { ...source, into: input.name },
                  to: { ...target, outOf: output.name },
                },
              );
              actions.select([id]);
            }}
          >
            {operator.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
