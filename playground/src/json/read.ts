/** Text to JSON, exactly; what is no JSON is told with its place. */

import { type Json, Num } from "./value";

const DEEPEST = 500;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const WORD = /true|false|null/y;

export class NotJson extends Error {
  /** @param offset where in the text it stops being JSON, in UTF-16 units */
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

export function read(text: string): Json {
  return new Reader(text).whole();
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  whole(): Json {
    this.skip();
    const value = this.value(0);
    if (this.at < this.text.length) throw this.fault("nothing may follow the value");
    return value;
  }

  private value(depth: number): Json {
    if (depth > DEEPEST) throw this.fault(`nested more than ${DEEPEST} deep`);
    const value = this.unspaced(depth);
    this.skip();
    return value;
  }

  private unspaced(depth: number): Json {
    const first = this.text[this.at];
    if (first === "{") return this.object(depth + 1);
    if (first === "[") return this.list(depth + 1);
    if (first === '"') return this.string();
    const word = this.match(WORD);
    if (word !== null) return word === "null" ? null : word === "true";
    const number = this.match(NUMBER);
    if (number !== null) return new Num(number);
    throw this.fault(first === undefined ? "the text ends too early" : "no value begins so");
  }

  private object(depth: number): Json {
    const members = new Map<string, Json>();
    this.between("{", "}", () => {
      if (this.text[this.at] !== '"') throw this.fault('a key in "quotes" is missing');
      const key = this.string();
      this.skip();
      if (!this.takes(":")) throw this.fault("a colon is missing after the key");
      this.skip();
      members.set(key, this.value(depth));
    });
    return members;
  }

  private list(depth: number): Json {
    const items: Json[] = [];
    this.between("[", "]", () => {
      items.push(this.value(depth));
    });
    return items;
  }

  private between(opening: string, closing: string, readItem: () => void): void {
    this.takes(opening);
    this.skip();
    if (this.takes(closing)) return;
    do {
      this.skip();
      readItem();
    } while (this.takes(","));
    if (!this.takes(closing)) throw this.fault(`a comma or ${closing} is missing`);
  }

  private string(): string {
    const start = this.at;
    const quoted = this.match(STRING);
    try {
      return JSON.parse(quoted ?? "") as string;
    } catch {
      this.at = start;
      throw this.fault("this text has no end, or an escape that JSON does not know");
    }
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.at = pattern.lastIndex;
    return found[0];
  }

  private takes(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private skip(): void {
    this.match(SPACE);
  }

  private fault(message: string): NotJson {
    return new NotJson(message, this.at);
  }
}
