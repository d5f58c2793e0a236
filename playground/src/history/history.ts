/** The runs of this browser, newest first, each with the draft that it was made of. */

import { signal } from "@preact/signals";
import type { Run } from "../api/run";
import { type Draft, isDraft } from "../draft/draft";
import { starter } from "../draft/starters";

const KEPT = "playground.history";
const MOST = 30;
/** Of all drafts together, in UTF-16 units: browsers keep some five million for a site. */
const MOST_LENGTH = 1_000_000;

/** The state of an entry that is a draft which was never run. */
export const SET_ASIDE = "set aside";

export interface Remembered {
  /** The run's, or one of its own where the draft was never run. */
  readonly id: string;
  readonly at: string;
  readonly state: string;
  readonly status: number;
  readonly rowCount: number | null;
  readonly draft: Draft;
}

export const history = signal<readonly Remembered[]>(kept());

export function remember(run: Run, draft: Draft): void {
  const entry = {
    id: run.id,
    at: new Date().toISOString(),
    state: run.state,
    status: run.status.code,
    rowCount: run.row_count,
    draft,
  };
  history.value = bounded([entry, ...history.peek()]);
  keep();
}

/** Keeps a draft that something else takes the place of, unless it can be had again anyway. */
export function setAside(draft: Draft): void {
  const known = [starter(draft.profile), ...history.peek().map((entry) => entry.draft)];
  if (known.some((each) => JSON.stringify(each) === JSON.stringify(draft))) return;
  const at = new Date().toISOString();
  const entry = { id: `draft ${at}`, at, state: SET_ASIDE, status: 0, rowCount: null, draft };
  history.value = bounded([entry, ...history.peek()]);
  keep();
}

export function forget(): void {
  history.value = [];
  keep();
}

export function remembered(id: string): Remembered | undefined {
  return history.peek().find((entry) => entry.id === id);
}

/** Leaves out the oldest entries beyond what is kept. */
export function bounded(entries: readonly Remembered[]): readonly Remembered[] {
  let length = 0;
  return entries.slice(0, MOST).filter((entry) => {
    length += JSON.stringify(entry).length;
    return length <= MOST_LENGTH;
  });
}

function keep(): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(history.peek()));
  } catch {
    localStorage.removeItem(KEPT); // no room; the list lives as long as the page
  }
}

function kept(): readonly Remembered[] {
  try {
    const entries: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(entries) ? entries.filter((entry) => isDraft(entry?.draft)) : [];
  } catch {
    return [];
  }
}
