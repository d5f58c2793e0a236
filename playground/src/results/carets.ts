import type { RunError } from "../api/run";

/** Gives the carets below a source line; what Python prints before them keeps its tabs. */
export function caretsOf(error: RunError): string {
  const source = Array.from(error.source_line ?? "");
  const from = error.column ?? 0;
  const ends = error.end_line === error.line ? (error.end_column ?? from + 1) : source.length;
  const lead = source.slice(0, from).map((character) => (character === "\t" ? "\t" : " "));
  return lead.join("") + "^".repeat(Math.max(1, ends - from));
}
