/** The checkpoint that rows would leave behind: a dry run does not move it, so the page tells. */

import type { Json, Row } from "../json/value";

/** Gives the value of the last row, by the platform's rule; undefined where the run moves nothing. */
export function checkpointAfter(rows: readonly Row[] | null, column: string): Json | undefined {
  if (column === "") return undefined;
  return rows?.at(-1)?.get(column);
}
