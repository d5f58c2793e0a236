/** A draft as a link that works in any browser: all of it is in the fragment, which is never sent. */

import { type Draft, EMPTY, isDraft } from "./draft";

/** In bytes, of what a link holds once it is unpacked: a link of somebody else's may be a bomb. */
const LARGEST = 4 << 20;

export async function packed(draft: Draft): Promise<string> {
  const told = Object.entries(draft).filter(([name, text]) => text !== Reflect.get(EMPTY, name));
  const stream = new Blob([JSON.stringify(Object.fromEntries(told))]).stream();
  const bytes = await all(stream.pipeThrough(new CompressionStream("deflate-raw")));
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Gives the draft of a link, or null where it holds none. */
export async function unpacked(text: string): Promise<Draft | null> {
  try {
    const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const told: unknown = JSON.parse(new TextDecoder().decode(await all(stream)));
    const draft: unknown = { ...EMPTY, ...(told as Partial<Draft>) };
    return isDraft(draft) ? draft : null;
  } catch {
    return null;
  }
}

async function all(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > LARGEST) throw new RangeError("a link holds no more than 4 MB");
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
