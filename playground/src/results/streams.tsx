/** What a node streamed while it ran, in its order. */

import type { Run } from "../api/run";

export function Streams({ streams }: Pick<Run, "streams">) {
  if (streams.length === 0) return null;
  return (
    <section class="streams" aria-label="Streamed">
      <h3>Streamed</h3>
      <ol>
        {streams.map(({ type, data }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: what was streamed never changes its place
          <li key={place}>
            <span class="kind">{type}</span>{" "}
            {typeof data === "string" ? data : JSON.stringify(data)}
          </li>
        ))}
      </ol>
    </section>
  );
}
