import { Alert, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue, useEditor, useEditorActions } from "@/editor/EditorContext";
import type { Graph } from "@/editor/types";
import { boundaryOf } from "@/graph/boundary";
import {
  ANYTHING,
  type Catalogue,
  operatorOf,
  splitReference,
  titleOfType,
} from "@/graph/catalogue";
import { nodesBetween } from "@/graph/componentEdits";
import { freeVariant, isNodeId } from "@/graph/naming";
import { nodeOf } from "@/graph/reading";
import classes from "./ComponentForm.module.css";
import { makingEdits } from "./componentPlaces";
import { PortMark } from "./PortMark";
import { PromptForm } from "./PromptForm";
import { sceneBoxes, useSceneAccess } from "./scene";

/** Asks for the name of a component that is made of nodes, and shows the ports it will have. */
export function ComponentForm({ nodes }: { nodes: readonly string[] }) {
  const graph = useEditor((state) => state.graph);
  return graph === null ? null : <Form graph={graph} nodes={nodes} />;
}

function Form({ graph, nodes }: { graph: Graph; nodes: readonly string[] }) {
  const { t } = useTranslation("canvas");
  const catalogue = useCatalogue();
  const actions = useEditorActions();
  const { scene } = useSceneAccess();
  const wired = useEditor((state) => state.wired);
  const boundary = useMemo(
    () => boundaryOf(catalogue, graph, wired, nodes),
    [catalogue, graph, wired, nodes],
  );
  const between = nodesBetween(graph, new Set(nodes));
  const [name, setName] = useState(() => freeName(catalogue, graph));
  const isTaken = isNameTaken(catalogue, graph, name);
  const problem = isTaken ? t("component.taken") : isNodeId(name) ? null : t("rename.invalid");
  const submit = () => {
    const { edits, id } = makingEdits(graph, boundary, name, sceneBoxes(scene.current, nodes));
    actions.edit(edits);
    actions.select([id]);
  };
  return (
    <PromptForm
      isValid={problem === null && between.length === 0}
      action={t("component.make")}
      onSubmit={submit}
    >
      {between.length > 0 && (
        <Alert color="red" mb="sm">
          {t("component.wayBack", { nodes: between.join(", ") })}
        </Alert>
      )}
      <TextInput
        data-autofocus
        label={t("component.name")}
        description={t("component.description", { count: nodes.length })}
        value={name}
        error={problem}
        onChange={(event) => setName(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Ports
        title={t("component.inputs")}
        ports={Object.entries(boundary.inputs).map(([port, { type, source }]) => {
          return { name: port, type, from: `← ${source}` };
        })}
      />
      <Ports
        title={t("component.outputs")}
        ports={Object.entries(boundary.outputs).map(([port, source]) => {
          return { name: port, type: typeOf(catalogue, graph, source), from: source };
        })}
      />
    </PromptForm>
  );
}

interface ListedPort {
  name: string;
  type: string;
  from: string;
}

function Ports({ title, ports }: { title: string; ports: readonly ListedPort[] }) {
  const { t } = useTranslation("canvas");
  const catalogue = useCatalogue();
  return (
    <section className={classes.ports} aria-label={title}>
      <h3>{title}</h3>
      {ports.length === 0 && <p>{t("component.none")}</p>}
      <ul>
        {ports.map(({ name, type, from }) => (
          <li key={name}>
            <PortMark type={type} need="met" isMany={false} />
            <strong>{name}</strong>
            <span>{titleOfType(catalogue, type)}</span>
            <code>{from}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

function typeOf(catalogue: Catalogue, graph: Graph, reference: string): string {
  const [id, port] = splitReference(reference);
  const node = nodeOf(graph, id);
  const outputs = node ? operatorOf(catalogue, graph, node).outputs : [];
  return (port ? outputs.find(({ name }) => name === port) : outputs[0])?.type ?? ANYTHING;
}

const isNameTaken = (catalogue: Catalogue, graph: Graph, name: string): boolean =>
  name in graph.components || catalogue.operators.has(name);

const freeName = (catalogue: Catalogue, graph: Graph): string =>
  freeVariant("component", { has: (name) => isNameTaken(catalogue, graph, name) });
