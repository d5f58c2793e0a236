/** Runs: started, followed while they go on, read, cancelled. */

import { ask, send } from "./client";
import { type LogEntry, type Run, readRun } from "./run";

/** Starts a run and gives its id as soon as the run has one; `order` is the body, as JSON. */
export async function start(order: string): Promise<string> {
  const headers = { Prefer: "wait=0" };
  return (JSON.parse(await ask("POST", "/v1/runs", { body: order, headers })) as { id: string }).id;
}

export async function show(id: string): Promise<Run> {
  return readRun(await ask("GET", `/v1/runs/${encodeURIComponent(id)}`));
}

export async function cancel(id: string): Promise<void> {
  await send("POST", `/v1/runs/${encodeURIComponent(id)}/cancel`);
}

/** Gives a figure as an address that an `img` can have; the caller revokes it. */
export async function figure(url: string): Promise<string> {
  return URL.createObjectURL(await (await send("GET", url)).blob());
}

interface Listener {
  readonly onLog: (entry: LogEntry) => void;
  /** The run begins again: what was logged before counts no more. */
  readonly onAttempt: () => void;
}

/** Listens to a run until it has ended, taking up again where a connection was cut. */
export async function follow(id: string, listener: Listener): Promise<void> {
  let after = 0;
  let ended = false;
  while (!ended) {
    const path = `/v1/runs/${encodeURIComponent(id)}/events?after=${after}`;
    const headers = { Accept: "application/x-ndjson" };
    const answer = await send("GET", path, { headers });
    for await (const line of lines(answer)) {
      const notice = JSON.parse(line) as { id: number; event: string; data: unknown };
      after = notice.id;
      if (notice.event === "log") listener.onLog(notice.data as LogEntry);
      if (notice.event === "state") listener.onAttempt();
      if (notice.event === "end") ended = true;
    }
  }
}

async function* lines(answer: Response): AsyncGenerator<string> {
  let rest = "";
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter((part) => part !== "");
  }
}
