/** Under which step the runs of this browser are listed: one's own, so that nobody waits for another. */

const KEPT = "playground.author";

export function stepId(): string {
  let author = localStorage.getItem(KEPT);
  if (author === null || !/^[a-z0-9-]{8,40}$/.test(author)) {
    author = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
    localStorage.setItem(KEPT, author);
  }
  return `playground/${author}`;
}
