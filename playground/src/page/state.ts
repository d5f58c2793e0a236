/** What the page shows, as signals: the draft, the run, and where the author looks. */

import { effect, signal } from "@preact/signals";
import type { Manifest } from "../api/about";
import type { Finding, LogEntry, Run } from "../api/run";
import { type Draft, isDraft } from "../draft/draft";
import { starter } from "../draft/starters";

const KEPT = "playground.draft";

export const draft = signal<Draft>(keptDraft() ?? starter("processor"));
export const findings = signal<readonly Finding[]>([]);
export const manifest = signal<Manifest | null>(null);

/** The run that is shown, once it has ended. */
export const run = signal<Run | null>(null);
/** The draft that this run was made of, where this browser knows it. */
export const ranDraft = signal<Draft | null>(null);
/** The run that is under way: its id as soon as it has one, and its log so far. */
export const underWay = signal<{ readonly id: string | null } | null>(null);
export const liveLogs = signal<readonly LogEntry[]>([]);
/** Why nothing ran. */
export const fault = signal<string | null>(null);

/** The service asks who calls, and the author has not shown it yet. */
export const tokenWanted = signal(false);

/** What is said aloud to those who do not see the page. */
export const announcement = signal("");

export type InputTab = "rows" | "inputs" | "schema" | "step";
export type ResultTab = "rows" | "json" | "log" | "figures" | "cycles" | "difference" | "details";

export const inputTab = signal<InputTab>("rows");
export const resultTab = signal<ResultTab>("rows");

export function change(part: Partial<Draft>): void {
  draft.value = { ...draft.peek(), ...part };
}

// What was typed outlives the tab: a closed window loses no work.
effect(() => {
  try {
    localStorage.setItem(KEPT, JSON.stringify(draft.value));
  } catch {
    localStorage.removeItem(KEPT); // too large to be kept, and an older one would mislead
  }
});

function keptDraft(): Draft | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    return isDraft(kept) ? kept : null;
  } catch {
    return null;
  }
}
