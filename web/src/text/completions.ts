/** Words to offer while a pipeline file is typed: operators, ports, settings, nodes, variables. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Schemas } from "@/api/client";
import type { Catalogue } from "@/graph/catalogue";
import type { Field, NamedField } from "@/inspector/form/field";
import { valueText } from "@/inspector/form/fieldValues";
import { readHead } from "@/inspector/pipelineText";
import { type Wanted, wantedAt } from "./completionContext";
import { type NodePlace, nodePlaces } from "./nodePlaces";

export interface WordSource {
  catalogue: Catalogue;
  /** The settings of an operator. */
  fieldsOf(operator: string): Promise<readonly NamedField[]>;
}

/** Completion for CodeMirror, out of the catalogue and the text itself. */
export function pipelineCompletion(source: WordSource) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString();
    const places = nodePlaces(text);
    const wanted = wantedAt(text, context.pos, places);
    if (
      wanted === null ||
      (!context.explicit && wanted.from === context.pos && wanted.kind === "key")
    ) {
      return null;
    }
    const options = await wordsFor(wanted, { text, places, source });
    return options.length === 0 ? null : { from: wanted.from, options, validFor: /^[\w.]*$/ };
  };
}

interface Words {
  text: string;
  places: readonly NodePlace[];
  source: WordSource;
}

/** The words that fit. */
export async function wordsFor(
  wanted: Wanted,
  { text, places, source }: Words,
): Promise<Completion[]> {
  switch (wanted.kind) {
    case "operator":
      return [...source.catalogue.operators.values()].map(operatorWord);
    case "variable":
      return Object.entries(readHead(text).variables).map(([name, value]) => ({
        label: name,
        detail: valueText(value),
        type: "variable",
      }));
    case "key":
      return keyWords(wanted.node, source);
    case "value":
      return valueWords(wanted, places, source);
  }
}

const operatorWord = ({ id, title, summary }: Schemas["OperatorSummary"]): Completion => ({
  label: id,
  detail: title,
  info: summary,
  type: "function",
});

const NODE_KEYS = ["needs", "retries", "timeout_s", "note", "reuse", "bypass"];

async function keyWords(node: NodePlace, source: WordSource): Promise<Completion[]> {
  const operator = source.catalogue.operators.get(node.op);
  if (operator === undefined) {
    return [{ label: "op", apply: "op: ", type: "keyword" }];
  }
  const fields = await source.fieldsOf(node.op);
  const word = (label: string, type: string, info: string): Completion => ({
    label,
    apply: `${label}: `,
    type,
    ...(info && { info }),
  });
  return [
    ...operator.inputs.map(({ name, help }) => ({ ...word(name, "interface", help), boost: 2 })),
    ...fields.map(({ name, help }) => ({ ...word(name, "property", help), boost: 1 })),
    ...NODE_KEYS.map((name) => word(name, "keyword", "")),
  ];
}

async function valueWords(
  { node, key }: Extract<Wanted, { kind: "value" }>,
  places: readonly NodePlace[],
  { catalogue, fieldsOf }: WordSource,
): Promise<Completion[]> {
  const operator = catalogue.operators.get(node.op);
  if (operator?.inputs.some(({ name }) => name === key)) {
    return places
      .filter(({ id }) => id !== node.id)
      .flatMap((place) => outputWords(place, catalogue));
  }
  const fields = operator ? await fieldsOf(node.op) : [];
  const named = fields.find(({ name }) => name === key);
  return named === undefined ? [] : fieldWords(named.field);
}

/** A node by its name stands for its first output; others are named. */
function outputWords({ id, op }: NodePlace, catalogue: Catalogue): Completion[] {
  const [first, ...others] = catalogue.operators.get(op)?.outputs ?? [];
  return [
    { label: id, type: "variable", ...(first && { detail: first.type }) },
    ...[first, ...others].flatMap((output) =>
      output === undefined || others.length === 0
        ? []
        : [{ label: `${id}.${output.name}`, type: "variable", detail: output.type }],
    ),
  ];
}

function fieldWords(field: Field): Completion[] {
  switch (field.kind) {
    case "boolean":
      return ["true", "false"].map((label) => ({ label, type: "constant" }));
    case "choice":
      return field.options.map((option) => ({ label: String(option), type: "constant" }));
    case "variants":
      return field.variants.map(({ tag, help }) => ({
        label: tag,
        apply: `{${field.property}: ${tag}}`,
        type: "class",
        ...(help && { info: help }),
      }));
    case "alternatives":
      return field.options.flatMap(fieldWords);
    default:
      return [];
  }
}
