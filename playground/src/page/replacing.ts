/** Another draft in place of the one on the page, which history keeps: no work is lost to a click. */

import type { Draft } from "../draft/draft";
import { setAside } from "../history/history";
import { draft } from "./state";

export function replaceDraft(other: Draft): void {
  setAside(draft.peek());
  draft.value = other;
}
