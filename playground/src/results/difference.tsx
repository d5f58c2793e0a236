/** How the rows differ from those of an earlier run, by a key. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type CellExample, compare, type Difference as Found } from "../api/authoring";
import * as runs from "../api/runs";
import { history, type Remembered } from "../history/history";
import type { Json, JsonObject } from "../json/value";
import { write } from "../json/write";
import { attempt } from "../page/running";
import { run } from "../page/state";
import { Cell } from "./cell";
import { Empty } from "./empty";

const against = signal<string | null>(null);
const found = signal<Found | null>(null);

/** Gives the runs that can be compared with: those that gave rows, but for the one that is shown. */
function earlier(): readonly Remembered[] {
  return history.value.filter((each) => each.id !== run.value?.id && each.rowCount !== null);
}

async function compareWith(id: string): Promise<void> {
  const after = run.peek()?.rows;
  if (!after) return;
  await attempt(async () => {
    const { rows } = await runs.show(id);
    const body = new Map<string, Json>([
      ["before", rows ?? []],
      ["after", after],
    ]);
    found.value = await compare(write(body));
  });
}

export function Difference() {
  const others = earlier();
  const chosen = others.find(({ id }) => id === against.value) ?? others[0];
  const id = chosen?.id;
  const shown = run.value?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run is compared anew
  useEffect(() => {
    found.value = null;
    if (id !== undefined) void compareWith(id);
  }, [id, shown]);
  if (!run.value?.rows || id === undefined) {
    return (
      <Empty title="Nothing to compare with yet">
        Run the statement, change it, and run it again: here you see which rows and which cells
        differ, whatever their order.
      </Empty>
    );
  }
  return (
    <div class="difference">
      <Choice others={others} chosen={id} />
      {found.value && <Differences found={found.value} />}
    </div>
  );
}

function Choice({ others, chosen }: { others: readonly Remembered[]; chosen: string }) {
  return (
    <div class="fields">
      <label>
        Compared with the run of
        <select
          value={chosen}
          onChange={(event) => {
            against.value = event.currentTarget.value;
          }}
        >
          {others.map(({ id, at, rowCount }) => (
            <option key={id} value={id}>
              {new Date(at).toLocaleTimeString()}, {rowCount} rows
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Differences({
  found: { equal, key, columns, added, removed, changed, same },
}: {
  found: Found;
}) {
  const by = key ? `matched by ${key.join(", ")}` : "matched by position";
  if (equal)
    return (
      <Empty title="No difference">
        All {same} rows are the same, {by}.
      </Empty>
    );
  return (
    <div class="differences">
      <p>
        <b class="good-word">{added.count} added</b>,{" "}
        <b class="bad-word">{removed.count} removed</b>, <b class="warn-word">{changed} changed</b>,{" "}
        {same} the same; {by}.
      </p>
      {columns.map(({ column, differing, examples }) => (
        <Changed key={column} column={column} count={differing} examples={examples} />
      ))}
      <Side title="Added" kind="good" rows={added.examples} count={added.count} />
      <Side title="Removed" kind="bad" rows={removed.examples} count={removed.count} />
    </div>
  );
}

interface ChangedProps {
  readonly column: string;
  readonly count: number;
  readonly examples: readonly CellExample[];
}

function Changed({ column, count, examples }: ChangedProps) {
  return (
    <section>
      <h3>
        <code>{column}</code> differs in {count} {count === 1 ? "row" : "rows"}
      </h3>
      <ul>
        {examples.map(({ key, row, before, after }) => (
          <li key={row}>
            <span class="hint">{key ?? `row ${row + 1}`}</span> <Cell value={before} /> →{" "}
            <Cell value={after} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface SideProps {
  readonly title: string;
  readonly kind: string;
  readonly rows: readonly JsonObject[];
  readonly count: number;
}

function Side({ title, kind, rows, count }: SideProps) {
  if (count === 0) return null;
  return (
    <section>
      <h3 class={`${kind}-word`}>
        {title}: {count}
      </h3>
      <pre class="code">{rows.map(write).join("\n")}</pre>
    </section>
  );
}
