/** The bar above everything: what is run, and the button that runs it. */

import { useState } from "preact/hooks";
import { packed } from "../draft/link";
import { starter } from "../draft/starters";
import { GalleryWindow } from "../gallery/window";
import { HistoryWindow } from "../history/window";
import { linkTo } from "./address";
import { KeysWindow } from "./keys";
import { cancelRun, runDraft } from "./running";
import { announcement, draft, manifest, ranDraft, run, underWay } from "./state";

const PROFILES = ["processor", "current", "node", "wasm-node"];
const WINDOWS = { Gallery: GalleryWindow, History: HistoryWindow, Keys: KeysWindow };

export function Header() {
  return (
    <header class="top">
      <h1>
        Python Processor <span>Playground</span>
      </h1>
      <Profile />
      <span class="spring" />
      <Windows />
      <CopyLink />
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
  const empty = statement.trim() === "";
  draft.value = untouched || empty ? starter(profile) : { ...draft.peek(), profile };
}

function Windows() {
  const [open, setOpen] = useState<keyof typeof WINDOWS | null>(null);
  const Window = open && WINDOWS[open];
  return (
    <>
      {(Object.keys(WINDOWS) as (keyof typeof WINDOWS)[]).map((name) => (
        <button key={name} type="button" class="quiet" onClick={() => setOpen(name)}>
          {name}
        </button>
      ))}
      {Window && <Window onClose={() => setOpen(null)} />}
    </>
  );
}

/** Copies a link that holds the draft, and names the run where it is the draft's own. */
function CopyLink() {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const mine = ranDraft.peek() === draft.peek() ? run.peek()?.id : undefined;
    await navigator.clipboard.writeText(linkTo(await packed(draft.peek()), mine));
    setCopied(true);
    announcement.value = "The link was copied.";
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <button type="button" class="quiet" onClick={() => void copy()}>
      {copied ? "Copied" : "Copy link"}
    </button>
  );
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
    <button type="button" class="primary" onClick={() => void runDraft()}>
      Run <kbd>Ctrl ↵</kbd>
    </button>
  );
}
