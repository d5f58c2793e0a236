/** CSV to rows. Every cell is a text, as the service has it where no input schema says more. */

import type { Row } from "../json/value";

/** Reads records after RFC 4180; the first one names the columns. */
export function recordsOf(text: string): readonly Row[] {
  const [names = [], ...records] = fieldsOf(text, delimiterOf(text));
  return records
    .filter((record) => record.length > 1 || record[0] !== "")
    .map((record) => new Map(names.map((name, place) => [name, record[place] ?? ""])));
}

/** Gives what stands most often in the first line of what CSV is separated by. */
function delimiterOf(text: string): string {
  const heading = text.slice(0, text.search(/[\r\n]|$/));
  const counted = [",", ";", "\t"].map((each) => [each, heading.split(each).length] as const);
  return counted.reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

function fieldsOf(text: string, delimiter: string): string[][] {
  const records: string[][] = [[]];
  const field = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^${delimiter}\\r\\n]*))(${delimiter}|\\r?\\n|\\r|$)`,
    "y",
  );
  for (;;) {
    const found = field.exec(text);
    if (found === null) return records;
    const [, quoted, bare = "", end] = found;
    records.at(-1)?.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === "" || field.lastIndex >= text.length) return records;
    if (end !== delimiter) records.push([]);
  }
}
