/** The statement: Python with findings at their places, fixes, and completion. */

import { python } from "@codemirror/lang-python";
import { indentUnit } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import { effect, signal } from "@preact/signals";
import type { Finding, Span } from "../api/run";
import { change, draft, findings, ranDraft, run } from "../page/state";
import { completion } from "./completion";
import { Editor } from "./editor";
import { changesOf, rangeOf } from "./positions";

const language = [python(), indentUnit.of("    "), lintGutter(), completion()];

/** The editor that is on the page, for what lies beside it. */
const shown = signal<EditorView | null>(null);

export function Statement() {
  return (
    <Editor
      label="Statement"
      language={language}
      onChange={(statement) => change({ statement })}
      onReady={ready}
      value={() => draft.value.statement}
    />
  );
}

function ready(view: EditorView): () => void {
  shown.value = view;
  const stop = effect(() => {
    const marks = [...findings.value.map(diagnosticOf(view)), ...raised(view)];
    view.dispatch(setDiagnostics(view.state, marks));
  });
  return () => {
    stop();
    shown.value = null;
  };
}

/** Moves the cursor to a place of the statement. */
export function goTo(span: Pick<Span, "line" | "column">): void {
  const view = shown.peek();
  if (view === null) return;
  const { from } = rangeOf(view.state.doc, { ...span, end_line: 0, end_column: 0 });
  view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
  view.focus();
}

/** Makes the edits that mend a finding. */
export function fix(finding: Finding): void {
  const view = shown.peek();
  if (view !== null) apply(view, finding);
}

function apply(view: EditorView, finding: Finding): void {
  view.dispatch({ changes: changesOf(view.state.doc, finding.edits), userEvent: "input.fix" });
  view.focus();
}

function diagnosticOf(view: EditorView) {
  return (finding: Finding): Diagnostic => ({
    ...rangeOf(view.state.doc, finding),
    severity: finding.severity,
    message: finding.hint === null ? finding.message : `${finding.message}\n${finding.hint}`,
    source: finding.code,
    actions:
      finding.edits.length === 0 ? [] : [{ name: "Fix", apply: (here) => apply(here, finding) }],
  });
}

/** Gives where the last run failed, as long as the statement is the one that failed. */
function raised(view: EditorView): Diagnostic[] {
  const error = run.value?.error;
  if (ranDraft.value?.statement !== view.state.doc.toString()) return [];
  if (!error || error.findings.length > 0 || typeof error.line !== "number") return [];
  const span = {
    line: error.line,
    column: error.column ?? 0,
    end_line: error.end_line ?? error.line,
    end_column: error.end_column ?? Number.MAX_SAFE_INTEGER,
  };
  const message = error.type === null ? error.message : `${error.type}: ${error.message}`;
  return [{ ...rangeOf(view.state.doc, span), severity: "error", message, source: error.code }];
}
