/** CodeMirror for a pipeline file. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import {
  Annotation,
  Compartment,
  EditorState,
  type Extension,
  StateEffect,
  StateField,
} from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { pipelineCompletion, type WordSource } from "./completions";
import { editorLook } from "./editorLook";
import { minimalChanges } from "./minimalChange";

/** Marks changes that did not come from the keyboard here. */
const fromElsewhere = Annotation.define<boolean>();
const writable = new Compartment();

export interface YamlEditorOptions {
  parent: HTMLElement;
  text: string;
  label: string;
  mayEdit: boolean;
  words: WordSource;
  /** Texts of CodeMirror itself, in the language of the page. */
  phrases: Record<string, string>;
  onText(text: string): void;
  onCursor(position: number): void;
}

/** Open an editor in an element. */
export function createYamlEditor(options: YamlEditorOptions): EditorView {
  const { parent, text, label, mayEdit, words, phrases, onText, onCursor } = options;
  const listener = EditorView.updateListener.of((update) => {
    const isOurs = update.transactions.every((each) => !each.annotation(fromElsewhere));
    if (update.docChanged && isOurs) {
      onText(update.state.doc.toString());
    }
    if (update.selectionSet && isOurs && update.view.hasFocus) {
      onCursor(update.state.selection.main.head);
    }
  });
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        basics,
        autocompletion({ override: [pipelineCompletion(words)] }),
        editorLook,
        nodeLines,
        listener,
        writable.of(writing(mayEdit)),
        EditorState.phrases.of(phrases),
        EditorView.contentAttributes.of({ "aria-label": label }),
      ],
    }),
  });
}

const basics: Extension = [
  lineNumbers(),
  foldGutter(),
  lintGutter(),
  history(),
  drawSelection(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSpecialChars(),
  highlightSelectionMatches(),
  bracketMatching(),
  closeBrackets(),
  search({ top: true }),
  yaml(),
  indentUnit.of("  "),
  // Tab indents; Escape and then Tab leaves the editor, as CodeMirror has it.
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...completionKeymap,
    ...lintKeymap,
    indentWithTab,
  ]),
];

const writing = (mayEdit: boolean): Extension => [
  EditorState.readOnly.of(!mayEdit),
  EditorView.editable.of(mayEdit),
];

/** The document was changed elsewhere: take the change over, leave everything else alone. */
export function takeText(view: EditorView, text: string): void {
  const changes = minimalChanges(view.state.doc.toString(), text);
  if (changes.length > 0) {
    view.dispatch({ changes, annotations: [fromElsewhere.of(true)] });
  }
}

const showNodes = StateEffect.define<readonly { from: number; to: number }[]>();

/** Marks the lines of the selected nodes. */
const nodeLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(showNodes)) {
        next = linesOf(transaction.state, effect.value);
      }
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function linesOf(
  state: EditorState,
  ranges: readonly { from: number; to: number }[],
): DecorationSet {
  const starts = new Set<number>();
  for (const { from, to } of ranges) {
    const last = state.doc.lineAt(Math.max(from, Math.min(to, state.doc.length) - 1)).number;
    for (let line = state.doc.lineAt(from).number; line <= last; line++) {
      starts.add(state.doc.line(line).from);
    }
  }
  const marks = [...starts].sort((a, b) => a - b);
  return Decoration.set(marks.map((at) => Decoration.line({ class: "cm-node" }).range(at)));
}

/** Mark the lines of nodes and bring the first into view. */
export function showRanges(
  view: EditorView,
  ranges: readonly { from: number; to: number }[],
  { scrolls }: { scrolls: boolean },
): void {
  const [first] = ranges;
  const effects: StateEffect<unknown>[] = [showNodes.of(ranges)];
  if (first !== undefined && scrolls) {
    effects.push(EditorView.scrollIntoView(first.from, { y: "nearest", yMargin: 48 }));
  }
  view.dispatch({ effects });
}
