/** The bar above everything: what is run, and the button that runs it. */

import { starter } from "../draft/starters";
import { cancelRun, runDraft } from "./running";
import { draft, manifest, underWay } from "./state";

const PROFILES = ["processor", "current", "node", "wasm-node"];

export function Header() {
  return (
    <header class="top">
      <h1>
        Python Processor <span>Playground</span>
      </h1>
      <Profile />
      <span class="spring" />
      <RunButton />
    </header>
  );
}

function Profile() {
  const known = manifest.value?.profiles.map(({ name }) => name) ?? PROFILES;
  return (
    <label class="profile">
      Profile
      <select value={draft.value.profile} onChange={(event) => choose(event.currentTarget.value)}>
        {known.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

/** Takes another profile: with its own starter where nothing was written yet. */
function choose(profile: string): void {
  const { statement } = draft.peek();
  const untouched = PROFILES.some((each) => starter(each).statement === statement);
  draft.value =
    untouched || statement.trim() === "" ? starter(profile) : { ...draft.peek(), profile };
}

function RunButton() {
  if (underWay.value !== null) {
    return (
      <button type="button" class="primary stop" onClick={() => void cancelRun()}>
        Cancel
      </button>
    );
  }
  return (
    <button type="button" class="primary" onClick={() => void runDraft()} title="Ctrl Enter">
      Run <kbd>Ctrl ↵</kbd>
    </button>
  );
}
