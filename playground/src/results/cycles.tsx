/** Cycles over the same inputs as a timeline, and what they prove: each key once, twice, never. */

import { signal } from "@preact/signals";
import { type Coverage, type Cycle, type Simulation, simulate } from "../api/authoring";
import { simulationBody } from "../draft/order";
import { write } from "../json/write";
import { attempt } from "../page/running";
import { draft, resultTab } from "../page/state";
import { Empty } from "./empty";
import { counted, spelled } from "./words";

const cycles = signal(10);
const simulation = signal<Simulation | null>(null);
const working = signal(false);

/** What a simulation ended with, as a sentence. */
const ENDS: Record<Simulation["end"], string> = {
  finished: "It finished: a cycle gave no more rows.",
  stalled: "It stalls: rows came, and the checkpoint stood still.",
  loops: "It loops: the checkpoint went back to an earlier value.",
  failed: "A cycle failed.",
  cycles: "It goes on: there were rows left after the last cycle.",
  time: "It took too long.",
};

async function start(): Promise<void> {
  working.value = true;
  await attempt(async () => {
    simulation.value = await simulate(simulationBody(draft.peek(), cycles.peek()));
    resultTab.value = "cycles";
  });
  working.value = false;
}

export function Cycles() {
  return (
    <div class="cycles">
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <label>
          Cycles, at most
          <input
            type="number"
            min={1}
            max={1000}
            value={cycles.value}
            onInput={(event) => {
              cycles.value = event.currentTarget.valueAsNumber || 1;
            }}
          />
        </label>
        <button type="submit" class="quiet" disabled={working.value}>
          {working.value ? "Simulating…" : "Simulate"}
        </button>
        <span>Each from the checkpoint that the one before has left. Nothing is kept.</span>
      </form>
      {simulation.value === null ? <None /> : <Simulated simulation={simulation.value} />}
    </div>
  );
}

function None() {
  return (
    <Empty title="Does the checkpoint lose rows?">
      A platform runs the step again and again. Simulate it: you see which keys of the input came
      once, twice or never.
    </Empty>
  );
}

function Simulated({ simulation }: { simulation: Simulation }) {
  const { cycles, coverage, remarks } = simulation;
  const most = Math.max(1, ...cycles.map((cycle) => cycle.row_count ?? 0));
  return (
    <div class="simulated">
      <Verdict simulation={simulation} />
      <ol class="timeline" aria-label="Cycles">
        {cycles.map((cycle) => (
          <OneCycle key={cycle.number} cycle={cycle} most={most} />
        ))}
      </ol>
      {coverage && <Covered coverage={coverage} />}
      <ul class="findings">
        {remarks.map((remark) => (
          <li key={remark.code} class={remark.severity === "error" ? "error" : "warning"}>
            <span class="finding-place">cycle {remark.cycle}</span>
            <div>
              <p>{remark.message}</p>
              {remark.hint && <p class="hint">{remark.hint}</p>}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Verdict({ simulation: { end, faults } }: { simulation: Simulation }) {
  if (faults.length === 0) {
    return <p class="good-word">It finished, and every key came exactly once.</p>;
  }
  return <p class={end === "finished" || end === "cycles" ? "" : "bad-word"}>{ENDS[end]}</p>;
}

function OneCycle({ cycle, most }: { cycle: Cycle; most: number }) {
  const { number, row_count, before, after, error, last } = cycle;
  const share = (100 * (row_count ?? 0)) / most;
  return (
    <li class={error === null ? "" : "error"}>
      <h3>Cycle {number}</h3>
      <p class="meter">
        <span class="bar" style={{ width: `${share}%` }} />
        <span>{error === null ? counted(row_count ?? 0, "row") : error.code}</span>
      </p>
      <p class="moved" title={last === null ? undefined : `last row: ${write(last)}`}>
        {before === null ? "no checkpoint" : spelled(before)} →{" "}
        {after === null ? "none" : spelled(after)}
      </p>
      {error && <p class="hint">{error.message}</p>}
    </li>
  );
}

function Covered({ coverage }: { coverage: Coverage }) {
  const { key, keys, once, twice, skipped, left } = coverage;
  const parts = [
    { name: "once", count: once, kind: "good", examples: [] },
    { name: "more than once", count: twice.count, kind: "bad", examples: twice.examples },
    { name: "never, and lost", count: skipped.count, kind: "bad", examples: skipped.examples },
    { name: "not yet", count: left.count, kind: "warn", examples: left.examples },
  ].filter((part) => part.count > 0);
  return (
    <section class="coverage" aria-label="Coverage">
      <h3>
        {counted(keys, "key")} of the input, by <code>{key.join(", ")}</code>
      </h3>
      <div class="stack" aria-hidden="true">
        {parts.map(({ name, count, kind }) => (
          <span key={name} class={kind} style={{ flexGrow: count }} />
        ))}
      </div>
      <ul>
        {parts.map(({ name, count, kind, examples }) => (
          <li key={name}>
            <span class={`${kind}-word`}>
              {count} {name}
            </span>
            {examples.length > 0 && <span class="hint"> {examples.join(", ")}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
