import { expect, test } from "vitest";
import { read } from "../src/json/read";
import type { Row } from "../src/json/value";
import { columnsOf, ordered } from "../src/results/columns";
import { accepted, agrees, compared } from "../src/schema/columns";

const rows = (text: string) => read(text) as readonly Row[];
const columns = (...listed: string[]) => listed.map((each) => read(each) as Row);

test("a column is told with the kinds of its values, its nulls, and where it is absent", () => {
  expect(columnsOf(rows('[{"a": 1, "b": null}, {"a": 1.5}, {"a": "x", "b": true}]'))).toEqual([
    { name: "a", kinds: ["integer", "double", "text"], nulls: 0, absent: 0 },
    { name: "b", kinds: ["boolean"], nulls: 1, absent: 1 },
  ]);
});

test("large whole numbers are put in order by every digit", () => {
  const given = rows('[{"n": 9007199254740993}, {"n": 9007199254740992}, {"n": null}, {"n": 10}]');

  expect(ordered(given, { column: "n", descending: false })).toEqual([3, 1, 0, 2]);
  expect(ordered(given, { column: "n", descending: true })).toEqual([0, 1, 3, 2]);
});

test("texts are put in order by their letters, and equal ones stay in theirs", () => {
  const given = rows('[{"t": "b"}, {"t": "a"}, {"t": "b"}, {}]');

  expect(ordered(given, { column: "t", descending: false })).toEqual([1, 0, 2, 3]);
  expect(ordered(given, { column: "t", descending: true })).toEqual([0, 2, 1, 3]);
});

const INTEGER = '{"name": "id", "type": "Integer", "nullable": false}';
const TEXT = '{"name": "id", "type": "Text", "nullable": false, "description": "the key"}';
const OTHER = '{"name": "n", "type": "Double", "nullable": true}';

test("accepting a column changes it alone, and keeps what its author wrote of it", () => {
  const declared = columns(TEXT, OTHER);
  const [first] = compared(declared, { columns: columns(INTEGER), seen: [], difference: [] });

  const schema = read(accepted(declared, first as NonNullable<typeof first>));

  expect(schema).toEqual(
    read(`{"columns": [
      {"name": "id", "type": "Integer", "nullable": false, "description": "the key"}, ${OTHER}]}`),
  );
});

test("accepting that a column was not seen leaves it out", () => {
  const declared = columns(TEXT, OTHER);
  const found = compared(declared, { columns: columns(TEXT), seen: [], difference: [] });

  expect(found.map(agrees)).toEqual([true, false]);
  expect(read(accepted(declared, found[1] as (typeof found)[1]))).toEqual(
    read(`{"columns": [${TEXT}]}`),
  );
});
