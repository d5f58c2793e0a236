/** A run as the service answers it. What the author made of it stays exact JSON. */

import { read } from "../json/read";
import { isObject, type Json, type JsonObject, plain, type Row } from "../json/value";

export type State = "queued" | "running" | "succeeded" | "failed" | "cancelled";
export type Level = "trace" | "debug" | "info" | "warn" | "error";

export interface LogEntry {
  readonly level: Level;
  readonly message: string;
  readonly line: number | null;
  readonly time: string;
  readonly source: "log" | "print" | "stderr" | "warning" | "service";
}

/** Lines count from 1, columns from 0, in code points. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly end_line: number;
  readonly end_column: number;
}

export interface Edit extends Span {
  readonly text: string;
}

export interface Finding extends Span {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly hint: string | null;
  readonly edits: readonly Edit[];
}

export interface Mismatch {
  readonly row: number | null;
  readonly column: string | null;
  readonly pointer: string;
  readonly expected: string;
  readonly actual: string;
  readonly message: string;
}

export interface RunError extends Partial<Record<keyof Span, number | null>> {
  readonly code: string;
  readonly retryable: boolean;
  readonly type: string | null;
  readonly message: string;
  readonly source_line: string | null;
  readonly traceback: string | null;
  readonly hint: string | null;
  readonly findings: readonly Finding[];
  readonly mismatches: readonly Mismatch[];
  readonly mismatch_count: number;
}

export interface Figure {
  readonly index: number;
  readonly media_type: string;
  readonly url: string;
}

export interface Usage {
  readonly wall_ms: number;
  readonly cpu_ms: number;
  readonly peak_memory_bytes: number;
}

/** What a run tells beside what the author made: ours, and read as JavaScript reads it. */
interface Told {
  readonly id: string;
  readonly step_id: string | null;
  readonly state: State;
  readonly status: { readonly code: number; readonly name: string };
  readonly row_count: number | null;
  readonly logs: readonly LogEntry[];
  readonly logs_truncated: boolean;
  readonly figures: readonly Figure[];
  readonly error: RunError | null;
  readonly usage: Usage | null;
  readonly timings: Readonly<Record<string, number>> | null;
  readonly isolation: Readonly<Record<string, unknown>> | null;
  readonly environment: { readonly name: string; readonly python: string } | null;
  readonly streams: readonly { readonly type: string; readonly data: unknown }[];
}

export interface Run extends Told {
  readonly rows: readonly Row[] | null;
  readonly result: Json;
  readonly checkpoint: { readonly before: Json; readonly after: Json } | null;
}

const AUTHORS = new Set(["rows", "result", "checkpoint"]);

export function readRun(text: string): Run {
  const whole = read(text) as JsonObject;
  const ours = new Map([...whole].filter(([name]) => !AUTHORS.has(name)));
  const checkpoint = whole.get("checkpoint");
  return {
    ...(plain(ours) as Told),
    rows: (whole.get("rows") ?? null) as readonly Row[] | null,
    result: whole.get("result") ?? null,
    checkpoint: isObject(checkpoint)
      ? { before: checkpoint.get("before") ?? null, after: checkpoint.get("after") ?? null }
      : null,
  };
}
