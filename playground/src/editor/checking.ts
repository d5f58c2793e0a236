/** The statement's findings, asked for whenever its author stops typing for a moment. */

import { effect } from "@preact/signals";
import { check } from "../api/authoring";
import { checkBody } from "../draft/order";
import { draft, findings } from "../page/state";

const PAUSE_MS = 350;

export function keepChecking(): () => void {
  let asked = new AbortController();
  let timer = 0;
  const stop = effect(() => {
    const checked = draft.value;
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    clearTimeout(timer);
    timer = window.setTimeout(async () => {
      try {
        const found = await check(checkBody(checked), signal);
        if (!signal.aborted) findings.value = found;
      } catch {
        // A draft that is half written cannot be asked about; findings of before would mislead.
        if (!signal.aborted) findings.value = [];
      }
    }, PAUSE_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
    asked.abort();
  };
}
