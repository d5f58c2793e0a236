/** The findings below the statement: all of them at once, each with its fix. */

import { fix, goTo } from "../editor/statement";
import { findings } from "./state";

export function Found() {
  const found = findings.value;
  if (found.length === 0) return <p class="found none">No findings</p>;
  return (
    <ul class="found" aria-label="Findings">
      {found.map((finding) => (
        <li key={`${finding.line}:${finding.column}:${finding.code}`} class={finding.severity}>
          <button type="button" class="finding-place" onClick={() => goTo(finding)}>
            line {finding.line}
          </button>
          <span class="finding-message" title={finding.hint ?? undefined}>
            {finding.message}
          </span>
          {finding.edits.length > 0 && (
            <button type="button" class="quiet" onClick={() => fix(finding)}>
              Fix
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
