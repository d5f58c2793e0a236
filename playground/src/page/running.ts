/** A run from the button to its result. */

import type { LogEntry, Run } from "../api/run";
import * as runs from "../api/runs";
import type { Draft } from "../draft/draft";
import { runBody } from "../draft/order";
import { remember, remembered } from "../history/history";
import { stayAt } from "./address";
import { said } from "./faults";
import { stepId } from "./identity";
import {
  announcement,
  draft,
  fault,
  liveLogs,
  type ResultTab,
  ranDraft,
  resultTab,
  run,
  underWay,
} from "./state";

/** Runs the draft, and shows what comes of it. */
export async function runDraft(): Promise<void> {
  await attempt(async () => {
    await execute(draft.peek(), false);
  });
}

/** Runs a draft, perhaps with any rows let through; null where another run is under way. */
export async function execute(running: Draft, anyRows: boolean): Promise<Run | null> {
  if (underWay.peek() !== null) return null;
  const order = runBody(running, { stepId: stepId(), anyRows });
  underWay.value = { id: null };
  liveLogs.value = [];
  try {
    const id = await runs.start(order);
    underWay.value = { id };
    await runs.follow(id, listener);
    const ended = await runs.show(id);
    present(ended, running);
    announcement.value = summary(ended);
    remember(ended, running);
    stayAt(id);
    return ended;
  } finally {
    underWay.value = null;
  }
}

export async function cancelRun(): Promise<void> {
  const id = underWay.peek()?.id;
  if (id) await attempt(() => runs.cancel(id));
}

/** Shows a run that has been made, perhaps in another browser. */
export async function showRun(id: string): Promise<void> {
  present(await runs.show(id), remembered(id)?.draft ?? null);
}

/** Does something, and shows why where it cannot be done. */
export async function attempt(work: () => Promise<void>): Promise<void> {
  fault.value = null;
  try {
    await work();
  } catch (thrown) {
    fault.value = said(thrown);
    announcement.value = fault.value;
  }
}

const listener = {
  onLog: (entry: LogEntry) => {
    liveLogs.value = [...liveLogs.peek(), entry];
  },
  onAttempt: () => {
    liveLogs.value = [];
  },
};

function present(ended: Run, made: Draft | null): void {
  ranDraft.value = made;
  run.value = ended;
  resultTab.value = tabFor(ended);
}

/** Gives where to look: at the error, else at what was looked at before. */
function tabFor(ended: Run): ResultTab {
  const kept = resultTab.peek();
  if (ended.error !== null) return "rows";
  return kept === "cycles" || kept === "difference" ? "rows" : kept;
}

function summary(ended: Run): string {
  if (ended.error !== null) return `The run failed: ${ended.error.message}`;
  return `The run ${ended.state}, ${ended.row_count ?? 0} rows.`;
}
