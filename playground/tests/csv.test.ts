import { expect, test } from "vitest";
import { recordsOf } from "../src/inputs/csv";
import { listed } from "../src/inputs/files";
import { read } from "../src/json/read";

const rows = (text: string) => read(listed(recordsOf(text)));

test("every cell is a text, also where it holds separators, quotes or lines", () => {
  expect(rows('id,name\r\n1,"Ada, ""A"""\n02,"two\nlines"\n')).toEqual(
    read('[{"id": "1", "name": "Ada, \\"A\\""}, {"id": "02", "name": "two\\nlines"}]'),
  );
});

test("what a line lacks is an empty text, and empty lines are none", () => {
  expect(rows("a;b\n1\n\n;2")).toEqual(read('[{"a": "1", "b": ""}, {"a": "", "b": "2"}]'));
});
