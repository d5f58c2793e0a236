/** Files of rows to the JSON of INPUT_DATA. */

import { inferSchema } from "../api/authoring";
import { Problem } from "../api/problem";
import { NotJson, read } from "../json/read";
import { isObject, isRows, type Json, type Row } from "../json/value";
import { write } from "../json/write";
import { recordsOf, respelled } from "./csv";

/** In bytes: a playground's rows are a sample, and are edited as text. */
const LARGEST = 8 << 20;
const CSV = /\.csv$/i;

export async function rowsFromFile(file: File): Promise<string> {
  if (file.size > LARGEST) {
    throw new Problem(
      `The file has more than ${LARGEST >> 20} MB; open a sample of it.`,
      "too_large",
      0,
    );
  }
  const text = (await file.text()).replace(/^\uFEFF/, "");
  try {
    const rows = parsed(file.name, text);
    return listed(CSV.test(file.name) ? await typed(rows) : rows);
  } catch (fault) {
    if (!(fault instanceof NotJson)) throw fault;
    const line = text.slice(0, fault.offset).split("\n").length;
    throw new Problem(`${file.name}, line ${line}: ${fault.message}`, "unreadable", 0);
  }
}

/** Reads the columns of a CSV as what all their cells spell, as an input schema would say it. */
async function typed(rows: readonly Row[]): Promise<readonly Row[]> {
  if (rows.length === 0) return rows;
  const { seen } = await inferSchema(write(new Map([["rows", rows]])));
  return seen.reduce(
    (read, { name, spells }) => (spells === null ? read : respelled(read, name, spells)),
    rows,
  );
}

function parsed(name: string, text: string): readonly Row[] {
  if (CSV.test(name)) return recordsOf(text);
  const value = /\.ndjson$/i.test(name) ? linesOf(text) : read(text);
  if (isRows(value)) return value;
  const primary = isObject(value) ? value.get("INPUT_DATA") : undefined;
  if (isRows(primary)) return primary;
  throw new Problem(`${name} holds no rows: a list of objects is looked for`, "unreadable", 0);
}

function linesOf(text: string): Json {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(read);
}

/** Writes rows with a line each. */
export function listed(rows: readonly Row[]): string {
  return rows.length === 0 ? "[]" : `[\n${rows.map((row) => `  ${write(row)}`).join(",\n")}\n]`;
}
