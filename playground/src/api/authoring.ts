/** What the service works out for authors: findings, schemas, cycles, differences, definitions. */

import { read } from "../json/read";
import { isObject, type Json, type JsonObject, plain } from "../json/value";
import { ask } from "./client";
import type { Finding, LogEntry, RunError, State } from "./run";

export async function check(body: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const answer = await ask("POST", "/v1/check", { body, signal });
  return (JSON.parse(answer) as { findings: Finding[] }).findings;
}

export interface Seen {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  /** What all texts of the column spell, where they do. */
  readonly spells: "Integer" | "Double" | "Boolean" | null;
  readonly notes: readonly string[];
}

export interface Disagreement {
  readonly column: string;
  readonly what: "undeclared" | "unseen" | "type" | "null" | "never_null";
  readonly severity: "error" | "info";
  readonly message: string;
}

export interface Inferred {
  /** The columns of the inferred schema, each as it is written in a schema. */
  readonly columns: readonly JsonObject[];
  readonly seen: readonly Seen[];
  readonly difference: readonly Disagreement[] | null;
}

export async function inferSchema(body: string): Promise<Inferred> {
  const answer = read(await ask("POST", "/v1/infer-schema", { body })) as JsonObject;
  const schema = answer.get("schema");
  return {
    columns: (isObject(schema) ? schema.get("columns") : []) as readonly JsonObject[],
    seen: plain(answer.get("columns") ?? []) as Seen[],
    difference: plain(answer.get("difference") ?? null) as Disagreement[] | null,
  };
}

export interface Cycle {
  readonly number: number;
  readonly state: State;
  readonly status: { readonly code: number; readonly name: string };
  readonly row_count: number | null;
  readonly before: Json;
  readonly after: Json;
  readonly first: Json;
  readonly last: Json;
  readonly logs: readonly LogEntry[];
  readonly error: RunError | null;
}

interface Keys {
  readonly count: number;
  readonly examples: readonly string[];
}

export interface Coverage {
  readonly key: readonly string[];
  readonly input_rows: number;
  readonly keys: number;
  readonly once: number;
  readonly twice: Keys;
  readonly skipped: Keys;
  readonly left: Keys;
  readonly unknown: number;
}

export interface Remark {
  readonly code: string;
  readonly severity: string;
  readonly cycle: number;
  readonly message: string;
  readonly hint: string | null;
}

export interface Simulation {
  readonly cycles: readonly Cycle[];
  readonly end: "finished" | "stalled" | "loops" | "failed" | "cycles" | "time";
  readonly coverage: Coverage | null;
  readonly remarks: readonly Remark[];
  readonly faults: readonly string[];
}

export async function simulate(body: string): Promise<Simulation> {
  const answer = read(await ask("POST", "/v1/simulate", { body })) as JsonObject;
  const cycles = answer.get("cycles") as readonly JsonObject[];
  const exact = (cycle: JsonObject, name: string) => cycle.get(name) ?? null;
  return {
    ...(plain(answer) as Simulation),
    cycles: cycles.map((cycle) => ({
      ...(plain(cycle) as Cycle),
      before: exact(cycle, "before"),
      after: exact(cycle, "after"),
      first: exact(cycle, "first"),
      last: exact(cycle, "last"),
    })),
  };
}

export interface CellExample {
  readonly key: string | null;
  readonly row: number;
  readonly before: Json;
  readonly after: Json;
}

export interface Difference {
  readonly equal: boolean;
  readonly key: readonly string[] | null;
  readonly columns: readonly {
    readonly column: string;
    readonly differing: number;
    readonly examples: readonly CellExample[];
  }[];
  readonly removed: { readonly count: number; readonly examples: readonly JsonObject[] };
  readonly added: { readonly count: number; readonly examples: readonly JsonObject[] };
  readonly changed: number;
  readonly same: number;
}

export async function compare(body: string): Promise<Difference> {
  const answer = read(await ask("POST", "/v1/diff", { body })) as JsonObject;
  const told = plain(answer) as {
    equal: boolean;
    key: string[] | null;
    changed_rows: number;
    same_rows: number;
  };
  return {
    equal: told.equal,
    key: told.key,
    columns: (answer.get("columns") as readonly JsonObject[]).map(differing),
    removed: group(answer.get("removed_rows") as JsonObject),
    added: group(answer.get("added_rows") as JsonObject),
    changed: told.changed_rows,
    same: told.same_rows,
  };
}

function group(side: JsonObject): Difference["added"] {
  return {
    count: plain(side.get("count") ?? null) as number,
    examples: side.get("examples") as readonly JsonObject[],
  };
}

function differing(column: JsonObject): Difference["columns"][number] {
  const examples = column.get("examples") as readonly JsonObject[];
  const value = (cell: Json | undefined) => (isObject(cell) ? (cell.get("value") ?? null) : null);
  return {
    column: column.get("column") as string,
    differing: plain(column.get("differing") ?? null) as number,
    examples: examples.map((each) => ({
      key: (each.get("key") ?? null) as string | null,
      row: plain(each.get("row") ?? null) as number,
      before: value(each.get("before")),
      after: value(each.get("after")),
    })),
  };
}
