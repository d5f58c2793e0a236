import { describe, expect, test } from "vitest";
import { NotJson, read } from "../src/json/read";
import { Num } from "../src/json/value";
import { pretty, write } from "../src/json/write";

describe("reading JSON", () => {
  test.each([
    "9007199254740993",
    "-0",
    "1.0",
    "1e400",
    "123456789012345678901234567890",
    '{"2":1,"1":2}',
    '{"__proto__":{"x":1},"constructor":null}',
    '["\\ud800",true,false,null,"",{},[]]',
  ])("what is read is written as it was: %s", (text) => {
    expect(write(read(text))).toBe(text);
  });

  test("a number keeps its spelling", () => {
    expect(read(" 1.50 ")).toEqual(new Num("1.50"));
  });

  test("the last of equal keys counts", () => {
    expect(write(read('{"a":1,"a":2}'))).toBe('{"a":2}');
  });

  test.each([
    ["", 0],
    ["[1,]", 3],
    ['{"a" 1}', 5],
    ["[01]", 2],
    ['"a', 0],
    ["1 2", 2],
    ["NaN", 0],
    ["{a: 1}", 1],
  ])("what is no JSON is told with its place: %s", (text, offset) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ offset }));
  });

  test("what is nested without end is refused, not followed", () => {
    expect(() => read("[".repeat(100_000))).toThrow(NotJson);
  });
});

test("short values stay on a line, long ones get a line for each member", () => {
  const row = '{"id": 1, "name": "Ada"}';

  expect(pretty(read(row))).toBe(row);
  expect(pretty(read(`[${row}, ${row}]`), "", 40)).toBe(`[\n  ${row},\n  ${row}\n]`);
});
