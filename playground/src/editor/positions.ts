/** Places of the service, in lines and code points, to places of the editor, in UTF-16 units. */

import type { ChangeSpec, Text } from "@codemirror/state";
import type { Edit, Span } from "../api/run";

/** Gives where a line and column are; what lies outside of the text comes to its nearest end. */
export function offsetOf(text: Text, line: number, column: number): number {
  if (line < 1) return 0;
  if (line > text.lines) return text.length;
  const { from, text: content } = text.line(line);
  const before = Array.from(content).slice(0, Math.max(column, 0)).join("");
  return from + before.length;
}

export function rangeOf(text: Text, span: Span): { from: number; to: number } {
  const from = offsetOf(text, span.line, span.column);
  return { from, to: Math.max(from, offsetOf(text, span.end_line, span.end_column)) };
}

export function changesOf(text: Text, edits: readonly Edit[]): ChangeSpec {
  return edits.map((edit) => ({ ...rangeOf(text, edit), insert: edit.text }));
}
