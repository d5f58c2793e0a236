/** Requests to the service that has served this page. The only module that sends anything. */

import { Problem } from "./problem";
import { token } from "./token";

interface Asked {
  /** JSON */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Sends a request; throws a Problem for every answer that is none of success. */
export async function send(method: string, path: string, asked: Asked = {}): Promise<Response> {
  const headers = new Headers(asked.headers);
  if (asked.body !== undefined) headers.set("Content-Type", "application/json");
  if (token.value !== "") headers.set("Authorization", `Bearer ${token.value}`);
  const answer = await fetch(path, {
    method,
    headers,
    body: asked.body ?? null,
    signal: asked.signal ?? null,
    cache: "no-store",
  }).catch((fault: unknown) => {
    if (fault instanceof DOMException && fault.name === "AbortError") throw fault;
    throw new Problem("The service does not answer. Is it still running?", "unreachable", 0);
  });
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

/** Sends JSON and gives the answer's text. */
export async function ask(method: string, path: string, asked: Asked = {}): Promise<string> {
  return (await send(method, path, asked)).text();
}

async function problemOf(answer: Response): Promise<Problem> {
  const text = await answer.text();
  try {
    const told = JSON.parse(text) as {
      detail: string;
      code: string;
      errors?: { pointer: string; message: string }[];
    };
    return new Problem(told.detail, told.code, answer.status, told.errors ?? []);
  } catch {
    return new Problem(`The service answered ${answer.status}.`, "unreadable", answer.status);
  }
}
