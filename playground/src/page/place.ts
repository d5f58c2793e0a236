/** Shows what the page's address names. */

import { unpacked } from "../draft/link";
import { remembered } from "../history/history";
import { named } from "./address";
import { replaceDraft } from "./replacing";
import { attempt, showRun } from "./running";
import { draft, fault } from "./state";

/** Shows a run, a draft, or both. Nothing is run: that is for the reader of a link to do. */
export async function arrive(): Promise<void> {
  const { draft: packedDraft, run } = named();
  if (packedDraft !== null) {
    const found = await unpacked(packedDraft);
    if (found === null) fault.value = "The link is damaged: it holds no statement.";
    else replaceDraft(found);
  } else if (run !== null) {
    replaceDraft(remembered(run)?.draft ?? draft.peek());
  }
  if (run !== null) await attempt(() => showRun(run));
}
