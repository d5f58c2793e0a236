/** What a run cost, where its time went, and which walls were around it. */

import type { Run } from "../api/run";
import { run } from "../page/state";
import { Empty } from "./empty";
import { bytes, milliseconds } from "./words";

export function Details() {
  const shown = run.value;
  if (shown === null) {
    return (
      <Empty title="Nothing has run yet">
        Time, memory, environment and isolation of each run stand here.
      </Empty>
    );
  }
  return (
    <div class="details">
      <Cost run={shown} />
      <Timings run={shown} />
      <Walls run={shown} />
    </div>
  );
}

function Cost({ run: { id, usage, environment } }: { run: Run }) {
  return (
    <section>
      <h3>Run</h3>
      <dl>
        <dt>id</dt>
        <dd class="mono">{id}</dd>
        <dt>environment</dt>
        <dd>{environment ? `${environment.name}, Python ${environment.python}` : "—"}</dd>
        <dt>wall time</dt>
        <dd>{usage ? milliseconds(usage.wall_ms) : "—"}</dd>
        <dt>processor time</dt>
        <dd>{usage ? milliseconds(usage.cpu_ms) : "—"}</dd>
        <dt>memory at its peak</dt>
        <dd>{usage ? `${bytes(usage.peak_memory_bytes)} above the warm process` : "—"}</dd>
      </dl>
    </section>
  );
}

function Timings({ run: { timings } }: { run: Run }) {
  if (timings === null) return null;
  const spans = Object.entries(timings);
  const longest = Math.max(...spans.map(([, span]) => span), 0.001);
  return (
    <section>
      <h3>Where the time went</h3>
      <dl class="bars">
        {spans.map(([name, span]) => (
          <div key={name}>
            <dt>{name.replace("_ms", "")}</dt>
            <dd>
              <span class="bar" style={{ width: `${(100 * span) / longest}%` }} />
              <span>{milliseconds(span)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Walls({ run: { isolation } }: { run: Run }) {
  if (isolation === null) return null;
  const { level, restrictions, warning, ...walls } = isolation;
  return (
    <section>
      <h3>Isolation level {String(level)}</h3>
      {warning !== undefined && warning !== null && <p class="warn-word">{String(warning)}</p>}
      <dl>
        {Object.entries(walls).map(([wall, how]) => (
          <div key={wall} class="pair">
            <dt>{wall.replaceAll("_", " ")}</dt>
            <dd>{String(how).replaceAll("_", " ")}</dd>
          </div>
        ))}
      </dl>
      {Array.isArray(restrictions) && (
        <details>
          <summary>All {restrictions.length} restrictions</summary>
          <ul>
            {restrictions.map((each) => (
              <li key={String(each)}>{String(each)}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
