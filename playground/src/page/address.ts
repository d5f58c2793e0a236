/** The page's address: which run is shown, or a whole draft. */

/** Notes which run is shown, so that a reload shows it again. */
export function stayAt(runId: string): void {
  window.history.replaceState(null, "", `#${new URLSearchParams({ run: runId })}`);
}

/** Gives a link to a draft for somebody who has another browser. */
export function linkTo(packedDraft: string, runId: string | undefined): string {
  const members = new URLSearchParams({ draft: packedDraft });
  if (runId !== undefined) members.set("run", runId);
  return `${location.origin}${location.pathname}#${members}`;
}

export function named(): { readonly draft: string | null; readonly run: string | null } {
  const members = new URLSearchParams(location.hash.slice(1));
  return { draft: members.get("draft"), run: members.get("run") };
}
