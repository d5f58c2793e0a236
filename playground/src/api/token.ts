/** The access token that requests carry where the service asks who calls; gone with the tab. */

import { effect, signal } from "@preact/signals";

const KEPT = "playground.token";

export const token = signal(sessionStorage.getItem(KEPT) ?? "");

effect(() => {
  if (token.value === "") sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, token.value);
});
