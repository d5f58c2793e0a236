/** Why something could not be done, in words, with the place where it can be mended in sight. */

import { Problem } from "../api/problem";
import type { Draft } from "../draft/draft";
import { UnreadableDraft } from "../draft/order";
import { type InputTab, inputTab, tokenWanted } from "./state";

const UNAUTHENTICATED = 401;

/** Each part of a draft that can be unreadable: what it is called, and the tab that it is on. */
const PARTS: Partial<Record<keyof Draft, readonly [string, InputTab]>> = {
  rows: ["The input rows", "rows"],
  checkpoint: ["The checkpoint", "rows"],
  inputs: ["The other inputs", "inputs"],
  schema: ["The output schema", "schema"],
  step: ["The rest of the step", "step"],
};

/** Gives what to say of an error; throws on what is a mistake of this program. */
export function said(thrown: unknown): string {
  if (thrown instanceof UnreadableDraft) {
    const [name, tab] = PARTS[thrown.part] ?? [thrown.part, inputTab.peek()];
    inputTab.value = tab;
    return `${name}, ${thrown.message}`;
  }
  if (!(thrown instanceof Problem)) throw thrown;
  if (thrown.status === UNAUTHENTICATED) tokenWanted.value = true;
  const details = thrown.details.map((each) => `${each.pointer} ${each.message}`.trim());
  return [thrown.message, ...details.filter((each) => each !== thrown.message)].join("\n");
}
