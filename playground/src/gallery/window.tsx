/** The gallery: steps that run as they are, to learn from and to begin with. */

import { useEffect, useState } from "preact/hooks";
import { draftOf } from "../draft/draft";
import { Dialog } from "../page/dialog";
import { replaceDraft } from "../page/replacing";
import { findings, run } from "../page/state";
import type { Example } from "./example";

export function GalleryWindow({ onClose }: { onClose: () => void }) {
  const [examples, setExamples] = useState<readonly Example[]>([]);
  const [wanted, setWanted] = useState("");
  useEffect(() => {
    void import("virtual:gallery").then((module) => setExamples(module.default));
  }, []);
  const found = examples.filter((example) => matches(example, wanted));
  return (
    <Dialog title="Gallery" onClose={onClose}>
      <label class="search">
        Find
        <input
          type="search"
          placeholder="dates, pandas, figures, …"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      </label>
      <ul class="choices">
        {found.map((example) => (
          <li key={example.name}>
            <button type="button" onClick={() => open(example, onClose)}>
              <span class="choice-title">{example.title}</span>
              <span class="hint">{example.summary}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** Tells whether every word that is looked for is in an example. */
function matches({ title, summary, statement }: Example, wanted: string): boolean {
  const text = `${title} ${summary} ${statement}`.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function open({ statement, step, inputs }: Example, onClose: () => void): void {
  replaceDraft(draftOf(statement, step, inputs));
  findings.value = [];
  run.value = null;
  onClose();
}
