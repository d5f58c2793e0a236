/** The schema that the statement's rows seem to have, found by running it. */

import { signal } from "@preact/signals";
import { type Inferred, inferSchema } from "../api/authoring";
import { Problem } from "../api/problem";
import type { Json } from "../json/value";
import { write } from "../json/write";
import { attempt, execute } from "../page/running";
import { draft } from "../page/state";
import { columnsIn, schemaOf } from "./columns";

export const inferred = signal<Inferred | null>(null);

export async function detect(): Promise<void> {
  await attempt(async () => {
    const ended = await execute(draft.peek(), true);
    if (ended === null || ended.error !== null) return;
    if (!ended.rows?.length) {
      throw new Problem(
        "The run gave no rows, and so nothing to detect a schema by.",
        "no_rows",
        0,
      );
    }
    const body = new Map<string, Json>([["rows", ended.rows]]);
    const declared = columnsIn(draft.peek().schema);
    if (declared?.length) body.set("declared", new Map([["columns", declared]]));
    inferred.value = await inferSchema(write(body));
  });
}

/** Takes all that was detected for declared. */
export function acceptAll(): string {
  return schemaOf(inferred.peek()?.columns ?? []);
}
