/** What a run logged, while it goes on and after. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Level, LogEntry } from "../api/run";
import { goTo } from "../editor/statement";
import { liveLogs, run, underWay } from "../page/state";
import { Empty } from "./empty";

const LEVELS: readonly Level[] = ["trace", "debug", "info", "warn", "error"];
/** As many entries as are drawn; the last ones, since these are what is waited for. */
const MOST = 1000;

export function Log() {
  const [least, setLeast] = useState<Level>("trace");
  const entries = underWay.value === null ? (run.value?.logs ?? []) : liveLogs.value;
  const shown = entries.filter((entry) => LEVELS.indexOf(entry.level) >= LEVELS.indexOf(least));
  const end = useRef<HTMLLIElement>(null);
  const count = shown.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls as entries come
  useEffect(() => {
    if (underWay.value !== null) end.current?.scrollIntoView({ block: "nearest" });
  }, [count]);
  if (entries.length === 0) {
    return (
      <Empty title="Nothing was logged">
        Write <code>log.info("…")</code> or <code>print(…)</code> in the statement. Entries show up
        here while it runs.
      </Empty>
    );
  }
  return (
    <div class="log">
      <label class="log-filter">
        from level
        <select value={least} onChange={(event) => setLeast(event.currentTarget.value as Level)}>
          {LEVELS.map((level) => (
            <option key={level}>{level}</option>
          ))}
        </select>
      </label>
      <ol aria-label="Log" class="entries">
        {shown.slice(-MOST).map((entry, place) => (
          <Entry key={`${place}:${entry.time}`} entry={entry} />
        ))}
        <li ref={end} aria-hidden="true" />
      </ol>
      {run.value?.logs_truncated && <p class="hint">There was more; the service keeps no more.</p>}
    </div>
  );
}

function Entry({ entry }: { entry: LogEntry }) {
  const { line } = entry;
  return (
    <li class={entry.level}>
      <time dateTime={entry.time}>{entry.time.slice(11, 23)}</time>
      <span class="level">{entry.source === "log" ? entry.level : entry.source}</span>
      <span class="message">{entry.message}</span>
      {line !== null && (
        <button type="button" class="finding-place" onClick={() => goTo({ line, column: 0 })}>
          line {line}
        </button>
      )}
    </li>
  );
}
