import { expect, test } from "vitest";
import { recordsOf, respelled } from "../src/inputs/csv";
import { read } from "../src/json/read";
import type { Row } from "../src/json/value";
import { write } from "../src/json/write";

const rows = (text: string) => read(write(recordsOf(text)));

test("every cell is a text, also where it holds separators, quotes or lines", () => {
  expect(rows('id,name\r\n1,"Ada, ""A"""\n02,"two\nlines"\n')).toEqual(
    read('[{"id": "1", "name": "Ada, \\"A\\""}, {"id": "02", "name": "two\\nlines"}]'),
  );
});

test("a cell with nothing in it is null, two quotes are an empty text, empty lines are none", () => {
  expect(rows('a;b\n1\n\n"";2')).toEqual(read('[{"a": "1", "b": null}, {"a": "", "b": "2"}]'));
});

test("a column is read as what its cells spell, to the digit, and nulls stay", () => {
  const given = recordsOf("n,x\n9007199254740993,true\n,FALSE\n") as readonly Row[];

  const typed = respelled(respelled(given, "n", "Integer"), "x", "Boolean");

  expect(write(typed)).toBe('[{"n":9007199254740993,"x":true},{"n":null,"x":false}]');
});

test("what is no number in JSON stays a text", () => {
  const given = recordsOf("n\n007\n+1\n");

  expect(respelled(given, "n", "Integer")).toBe(given);
});
