/** Why a run failed: at the author's line with a caret, each finding, each mismatch. */

import type { Finding, Mismatch, RunError } from "../api/run";
import { fix, goTo } from "../editor/statement";
import { draft, ranDraft } from "../page/state";
import { caretsOf } from "./carets";

export function Failure({ error }: { error: RunError }) {
  const title = error.type ?? error.code;
  return (
    <article class="failure" aria-label="Error">
      <h3>
        <span class="bad-word">{title}</span> {error.message}
      </h3>
      <Place error={error} />
      {error.hint && error.findings.length === 0 && <p class="hint">{error.hint}</p>}
      {error.findings.length > 0 && <Findings findings={error.findings} />}
      {error.mismatches.length > 0 && (
        <Mismatches listed={error.mismatches} count={error.mismatch_count} />
      )}
      {error.traceback && (
        <details>
          <summary>Traceback</summary>
          <pre class="code">{error.traceback}</pre>
        </details>
      )}
    </article>
  );
}

function Place({ error }: { error: RunError }) {
  const { line, column } = error;
  if (typeof line !== "number" || error.source_line === null) return null;
  const caret = caretsOf(error);
  return (
    <div class="place">
      <pre class="code">
        <span class="gutter">{line}</span>
        {error.source_line}
        {"\n"}
        <span class="gutter" />
        <span class="caret">{caret}</span>
      </pre>
      <button type="button" class="quiet" onClick={() => goTo({ line, column: column ?? 0 })}>
        Go to line {line}
      </button>
    </div>
  );
}

export function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <ul class="findings">
      {findings.map((finding) => (
        <li key={`${finding.line}:${finding.column}:${finding.code}`} class={finding.severity}>
          <button type="button" class="finding-place" onClick={() => goTo(finding)}>
            line {finding.line}
          </button>
          <div>
            <p>{finding.message}</p>
            {finding.hint && <p class="hint">{finding.hint}</p>}
          </div>
          {finding.edits.length > 0 && <Fix finding={finding} />}
        </li>
      ))}
    </ul>
  );
}

/** Edits are places of the text that was looked at: no other one is mended by them. */
function Fix({ finding }: { finding: Finding }) {
  const stale = ranDraft.value !== null && ranDraft.value.statement !== draft.value.statement;
  return (
    <button type="button" class="quiet" disabled={stale} onClick={() => fix(finding)}>
      Fix
    </button>
  );
}

function Mismatches({ listed, count }: { listed: readonly Mismatch[]; count: number }) {
  return (
    <div class="plain-table">
      <table>
        <caption>
          {count} {count === 1 ? "value does" : "values do"} not match the schema
          {count > listed.length && `; the first ${listed.length}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">row</th>
            <th scope="col">column</th>
            <th scope="col">expected</th>
            <th scope="col">found</th>
          </tr>
        </thead>
        <tbody>
          {listed.map((each) => (
            <tr key={each.pointer + each.message}>
              <td>{each.row === null ? "" : each.row + 1}</td>
              <td>{each.column ?? each.pointer}</td>
              <td>{each.expected}</td>
              <td>{each.actual}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
