/** CSV to rows, by the service's rules where no input schema says more: cells are texts or null. */

import { type Json, Num, type Row } from "../json/value";

/** Reads records after RFC 4180; the first one names the columns. */
export function recordsOf(text: string): readonly Row[] {
  const [names = [], ...records] = fieldsOf(text, delimiterOf(text));
  return records
    .filter((record) => names.length === 1 || record.length > 1 || record[0] !== null)
    .map((record) => new Map(names.map((name, place) => [name ?? "", record[place] ?? null])));
}

/** Gives what stands most often in the first line of what CSV is separated by. */
function delimiterOf(text: string): string {
  const heading = text.slice(0, text.search(/[\r\n]|$/));
  const counted = [",", ";", "\t"].map((each) => [each, heading.split(each).length] as const);
  return counted.reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

/** How columns are read whose cells all spell something else than text. */
const READERS: Readonly<Record<string, (cell: string) => Json>> = {
  Integer: (cell) => new Num(cell),
  Double: (cell) => new Num(cell),
  Boolean: (cell) => cell.toLowerCase() === "true",
};
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Gives the rows with the cells of a column read as what they spell; other spellings stay texts. */
export function respelled(rows: readonly Row[], column: string, spells: string): readonly Row[] {
  const reader = READERS[spells];
  const cells = rows.map((row) => row.get(column)).filter((cell) => typeof cell === "string");
  const fits = spells === "Boolean" ? /^(true|false)$/i : JSON_NUMBER;
  if (reader === undefined || !cells.every((cell) => fits.test(cell))) return rows;
  return rows.map((row) => {
    const cell = row.get(column);
    return typeof cell === "string" ? new Map([...row, [column, reader(cell)]]) : row;
  });
}

function fieldsOf(text: string, delimiter: string): (string | null)[][] {
  const records: (string | null)[][] = [[]];
  const field = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^${delimiter}\\r\\n]*))(${delimiter}|\\r?\\n|\\r|$)`,
    "y",
  );
  for (;;) {
    const found = field.exec(text);
    if (found === null) return records;
    const [, quoted, bare = "", end] = found;
    records.at(-1)?.push(quoted === undefined ? bare || null : quoted.replaceAll('""', '"'));
    if (end === "" || field.lastIndex >= text.length) return records;
    if (end !== delimiter) records.push([]);
  }
}
