/** The runs of this browser: taken up again, draft and result, by a click. */

import { stayAt } from "../page/address";
import { Dialog } from "../page/dialog";
import { arrive } from "../page/place";
import { replaceDraft } from "../page/replacing";
import { forget, history, type Remembered, SET_ASIDE } from "./history";

export function HistoryWindow({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="History" onClose={onClose}>
      <p class="hint">
        The last runs of this browser, with what they were made of. It is kept here alone, and the
        service keeps their results for a while.
      </p>
      {history.value.length === 0 && <p class="empty">No runs yet.</p>}
      <ol class="choices">
        {history.value.map((entry) => (
          <li key={entry.id}>
            <button type="button" onClick={() => takeUp(entry, onClose)}>
              <span class={`outcome ${entry.state}`}>{entry.state}</span>
              <span class="choice-title">{firstLine(entry.draft.statement)}</span>
              <span class="hint">
                {entry.rowCount === null ? "" : `${entry.rowCount} rows, `}
                {entry.draft.profile}, {new Date(entry.at).toLocaleString()}
              </span>
            </button>
          </li>
        ))}
      </ol>
      {history.value.length > 0 && (
        <button type="button" class="quiet" onClick={forget}>
          Forget all
        </button>
      )}
    </Dialog>
  );
}

function takeUp(entry: Remembered, onClose: () => void): void {
  if (entry.state === SET_ASIDE) {
    replaceDraft(entry.draft);
  } else {
    stayAt(entry.id);
    void arrive();
  }
  onClose();
}

function firstLine(statement: string): string {
  const lines = statement.split("\n").map((line) => line.trim());
  return lines.find((line) => line !== "") ?? "an empty statement";
}
