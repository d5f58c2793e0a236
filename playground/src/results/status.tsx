/** How the run ended, at what cost, on one line. */

import { checkpointAfter } from "../draft/checkpoint";
import { write } from "../json/write";
import { change, ranDraft, run, underWay } from "../page/state";
import { bytes, milliseconds, spelled } from "./words";

export function Status() {
  if (underWay.value !== null) return <p class="status running">running…</p>;
  const shown = run.value;
  if (shown === null) return null;
  const { usage, isolation } = shown;
  return (
    <div class={`status ${shown.state}`}>
      <span class="outcome">{shown.status.name.replaceAll("_", " ")}</span>
      <Checkpoint />
      {usage && <span>{milliseconds(usage.wall_ms)}</span>}
      {usage && usage.peak_memory_bytes > 0 && <span>{bytes(usage.peak_memory_bytes)}</span>}
      {isolation && <span>isolation level {String(isolation.level)}</span>}
    </div>
  );
}

/** The checkpoint that the run would have moved to, and the way to go on from there. */
function Checkpoint() {
  const ran = ranDraft.value;
  if (ran === null) return null;
  const after = checkpointAfter(run.value?.rows ?? null, ran.checkpointColumn);
  if (after === undefined || after === null) return null;
  return (
    <span class="checkpoint" title="this was a dry run: no checkpoint was moved">
      checkpoint <b>{ran.checkpoint || "none"}</b> → <b>{spelled(after)}</b>
      <button type="button" class="quiet" onClick={() => change({ checkpoint: write(after) })}>
        Go on from here
      </button>
    </span>
  );
}
