/** The editor in the colours of the page, which has them light and dark. */

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--size-code)", color: "var(--ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--ink)", padding: "10px 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "var(--ink-faint)",
    border: "none",
    paddingLeft: "4px",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--line-here)" },
  ".cm-activeLineGutter": { color: "var(--ink-soft)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "var(--selected)" },
  ".cm-matchingBracket": { backgroundColor: "var(--selected)", outline: "none" },
  ".cm-selectionMatch": { backgroundColor: "var(--line-here)" },
  ".cm-tooltip": {
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
    border: "1px solid var(--edge-strong)",
    borderRadius: "8px",
    boxShadow: "var(--shadow)",
    overflow: "hidden",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "var(--on-accent)",
  },
  ".cm-completionDetail": { fontStyle: "normal", opacity: 0.75 },
  ".cm-completionInfo": { fontFamily: "var(--sans)", padding: "8px 10px", maxWidth: "340px" },
  ".cm-diagnostic": { padding: "8px 12px", fontFamily: "var(--sans)", borderLeft: "none" },
  ".cm-diagnostic-error": { boxShadow: "inset 3px 0 var(--bad)" },
  ".cm-diagnostic-warning": { boxShadow: "inset 3px 0 var(--warn)" },
  ".cm-diagnosticAction": {
    backgroundColor: "var(--accent)",
    color: "var(--on-accent)",
    borderRadius: "5px",
    padding: "3px 9px",
    marginLeft: "10px",
    fontFamily: "var(--sans)",
  },
  ".cm-gutter-lint": { width: "14px" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0 3px" },
  ".cm-lint-marker": {
    width: "7px",
    height: "7px",
    borderRadius: "50%",
    marginTop: "0.5em",
    backgroundColor: "var(--warn)",
  },
  ".cm-lint-marker.cm-lint-marker-error": { content: "''", backgroundColor: "var(--bad)" },
  ".cm-lint-marker.cm-lint-marker-warning": { content: "''" },
  ".cm-panels": { backgroundColor: "var(--sunk)", color: "var(--ink)" },
  ".cm-placeholder": { color: "var(--ink-soft)" },
  ".cm-foldGutter .cm-gutterElement": { padding: "0 4px" },
});

const words = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.comment, tags.docComment], color: "var(--code-comment)", fontStyle: "italic" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName)],
    color: "var(--code-call)",
  },
  { tag: [tags.definition(tags.variableName), tags.className], color: "var(--code-name)" },
  { tag: tags.propertyName, color: "var(--code-name)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

export const theme: Extension = [look, syntaxHighlighting(words)];
