/** How the text looks: our tokens, light and dark alike, because they are variables of the page. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--nl-port-data)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--nl-done)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--nl-port-model)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--nl-text-2)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.typeName, tags.labelName], color: "var(--nl-port-label)" },
  {
    tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace],
    color: "var(--nl-text-2)",
  },
]);

const surroundings = EditorView.theme({
  "&": {
    height: "100%",
    fontSize: "13px",
    color: "var(--nl-text)",
    backgroundColor: "var(--nl-surface)",
  },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--nl-mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--nl-text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--nl-text)" },
  ".cm-gutters": {
    backgroundColor: "var(--nl-surface)",
    color: "var(--nl-text-2)",
    border: "none",
    paddingLeft: "4px",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--nl-hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    {
      backgroundColor: "var(--nl-accent-soft)",
    },
  ".cm-selectionMatch": { backgroundColor: "var(--nl-accent-soft)" },
  ".cm-node": { backgroundColor: "var(--nl-accent-soft)" },
  ".cm-tooltip": {
    backgroundColor: "var(--nl-surface)",
    border: "1px solid var(--nl-line-strong)",
    borderRadius: "var(--nl-radius)",
    color: "var(--nl-text)",
    maxWidth: "420px",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--nl-mono)", fontSize: "12px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--nl-accent-soft)",
    color: "var(--nl-text)",
  },
  ".cm-completionDetail": { color: "var(--nl-text-2)", fontStyle: "normal", marginLeft: "8px" },
  ".cm-diagnostic": {
    whiteSpace: "pre-wrap",
    fontFamily: "var(--nl-font)",
    fontSize: "12px",
    padding: "4px 8px",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--nl-failed)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--nl-stale)" },
  ".cm-panels": {
    backgroundColor: "var(--nl-surface-2)",
    color: "var(--nl-text)",
    borderColor: "var(--nl-line)",
  },
  ".cm-textfield, .cm-button": {
    backgroundColor: "var(--nl-surface)",
    backgroundImage: "none",
    color: "var(--nl-text)",
    border: "1px solid var(--nl-line-strong)",
    borderRadius: "4px",
    fontSize: "12px",
  },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--nl-surface-2)",
    border: "none",
    color: "var(--nl-text-2)",
  },
});

export const editorLook = [syntaxHighlighting(colours), surroundings];
