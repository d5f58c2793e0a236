/** The keys of the page, told. */

import { Dialog } from "./dialog";

const KEYS: readonly (readonly [string, string])[] = [
  ["Ctrl Enter", "run the statement, from any editor"],
  ["Ctrl Space", "complete: names, modules, keys of the sample rows"],
  ["Esc, then Tab", "leave an editor; Tab alone indents"],
  ["F8", "go to the next finding in the statement"],
  ["Ctrl F", "find in the editor"],
  ["← →", "go along the tabs, once one has the focus"],
];

export function KeysWindow({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
