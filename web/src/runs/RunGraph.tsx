import { IconArrowGuide } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { STATE_LOOKS } from "@/ui/states";
import { BOX, type PlacedNode, placedGraph, statesOf } from "./graphLayout";
import classes from "./RunGraph.module.css";
import type { Run, RunNode } from "./runQueries";

interface RunGraphProps {
  run: Run;
  selected: string | null;
  onSelect(node: string): void;
}

/** How far the graph is made smaller to fit before it has to be scrolled. */
const SMALLEST = 0.6;

/** A run's graph with the states of its nodes; a node is chosen by clicking it or with Enter. */
export function RunGraph({ run, selected, onSelect }: RunGraphProps) {
  const { t } = useTranslation("runs");
  const placed = useMemo(() => placedGraph(run.graph, run.wired), [run.graph, run.wired]);
  const states = useMemo(() => statesOf(run.graph, run.nodes), [run.graph, run.nodes]);
  const bypassed = useMemo(
    () => new Set(run.graph.nodes.filter(({ bypass }) => bypass).map(({ id }) => id)),
    [run.graph],
  );
  const known = useMemo(() => new Map(run.nodes.map((node) => [node.id, node])), [run.nodes]);
  const innerOf = (id: string) =>
    known.has(id) ? id : run.nodes.find((node) => node.id.startsWith(`${id}/`))?.id;
  return (
    <div className={classes.graph}>
      {/* biome-ignore lint/a11y/useSemanticElements: a group inside of which is drawn */}
      <svg
        viewBox={`0 0 ${placed.width} ${placed.height}`}
        style={{ maxWidth: placed.width, minWidth: SMALLEST * placed.width }}
        role="group"
        aria-label={t("graph.label")}
      >
        {placed.edges.map(({ id, path, from, to }) => (
          <path
            key={id}
            d={path}
            className={classes.edge}
            data-lit={from === selected || to === selected || undefined}
          />
        ))}
        {placed.nodes.map((node) => (
          <foreignObject key={node.id} x={node.x} y={node.y} width={BOX.width} height={BOX.height}>
            <NodeBox
              node={node}
              state={states.get(node.id) ?? "pending"}
              isBypassed={bypassed.has(node.id)}
              progress={known.get(node.id)?.progress ?? null}
              isSelected={selected === node.id || selected?.startsWith(`${node.id}/`) === true}
              onSelect={() => onSelect(innerOf(node.id) ?? node.id)}
            />
          </foreignObject>
        ))}
      </svg>
    </div>
  );
}

interface NodeBoxProps {
  node: PlacedNode;
  state: RunNode["state"];
  /** It stands aside: the run knows nothing of it. */
  isBypassed: boolean;
  progress: RunNode["progress"];
  isSelected: boolean;
  onSelect(): void;
}

function NodeBox({ node, state, isBypassed, progress, isSelected, onSelect }: NodeBoxProps) {
  const { t } = useTranslation("runs");
  const look = STATE_LOOKS[state];
  const Icon = isBypassed ? IconArrowGuide : look.icon;
  const colour = isBypassed ? "var(--nl-text-2)" : look.colour;
  const word = isBypassed ? "graph.bypassed" : `common:${look.word}`;
  const share = state === "running" && progress?.total ? progress.done / progress.total : null;
  return (
    <button
      type="button"
      className={classes.node}
      data-bypassed={isBypassed || undefined}
      aria-pressed={isSelected}
      aria-label={`${node.id}, ${node.operator}: ${t(word)}`}
      title={`${node.id} · ${node.operator} · ${t(word)}`}
      onClick={onSelect}
      style={{ "--state": colour } as React.CSSProperties}
    >
      <Icon size={16} color={colour} aria-hidden />
      <span className={classes.names}>
        <span className={classes.name}>{node.id}</span>
        <span className={classes.operator}>{node.operator}</span>
      </span>
      {share !== null && (
        <span className={classes.share} style={{ width: `${Math.min(100 * share, 100)}%` }} />
      )}
    </button>
  );
}
