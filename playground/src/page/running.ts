/** A run from the button to its result. */

import { Problem } from "../api/client";
import * as runs from "../api/runs";
import { runBody, UnreadableDraft } from "../draft/order";
import { remember, remembered } from "../history/history";
import { stepId } from "./identity";
import {
  announcement,
  draft,
  fault,
  inputTab,
  liveLogs,
  ranDraft,
  resultTab,
  run,
  underWay,
} from "./state";

let listening = new AbortController();

/** Runs the draft, and shows what comes of it. */
export async function runDraft(): Promise<void> {
  if (underWay.peek() !== null) return;
  const running = draft.peek();
  await attempt(async () => {
    underWay.value = { id: null };
    liveLogs.value = [];
    const id = await runs.start(runBody(running, { stepId: stepId() }));
    underWay.value = { id };
    await hear(id);
    const ended = await runs.show(id);
    ranDraft.value = running;
    run.value = ended;
    resultTab.value = tabFor(ended);
    announcement.value = summary(ended);
    remember(ended, running);
  });
  underWay.value = null;
}

export async function cancelRun(): Promise<void> {
  const id = underWay.peek()?.id;
  if (id) await attempt(() => runs.cancel(id));
}

/** Shows a run that has been made, perhaps by somebody else. */
export async function showRun(id: string): Promise<void> {
  await attempt(async () => {
    const found = await runs.show(id);
    ranDraft.value = remembered(id)?.draft ?? null;
    run.value = found;
    resultTab.value = tabFor(found);
  });
}

/** Does something, and shows why where it cannot be done. */
export async function attempt(work: () => Promise<void>): Promise<void> {
  fault.value = null;
  try {
    await work();
  } catch (thrown) {
    fault.value = told(thrown);
    announcement.value = fault.value;
  }
}

async function hear(id: string): Promise<void> {
  listening.abort();
  listening = new AbortController();
  const listener = {
    onLog: (entry: (typeof liveLogs.value)[number]) => {
      liveLogs.value = [...liveLogs.peek(), entry];
    },
    onAttempt: () => {
      liveLogs.value = [];
    },
  };
  await runs.follow(id, listener, listening.signal);
}

function tabFor(ended: NonNullable<typeof run.value>): typeof resultTab.value {
  const kept = resultTab.peek();
  if (ended.state !== "succeeded") return "rows";
  return kept === "cycles" || kept === "difference" ? "rows" : kept;
}

function summary(ended: NonNullable<typeof run.value>): string {
  if (ended.error !== null) return `The run failed: ${ended.error.message}`;
  return `The run ${ended.state}, ${ended.row_count ?? 0} rows.`;
}

function told(thrown: unknown): string {
  if (thrown instanceof UnreadableDraft) {
    inputTab.value = PLACES[thrown.part] ?? inputTab.peek();
    return `${NAMES[thrown.part] ?? thrown.part}, ${thrown.message}`;
  }
  if (thrown instanceof Problem) {
    const details = thrown.details.map((each) => `${each.pointer} ${each.message}`.trim());
    return [thrown.message, ...details.filter((each) => each !== thrown.message)].join("\n");
  }
  throw thrown;
}

const PLACES: Partial<Record<string, typeof inputTab.value>> = {
  rows: "rows",
  checkpoint: "rows",
  inputs: "inputs",
  schema: "schema",
  step: "step",
};
const NAMES: Partial<Record<string, string>> = {
  rows: "The input rows",
  checkpoint: "The checkpoint",
  inputs: "The other inputs",
  schema: "The output schema",
  step: "The rest of the step",
};
