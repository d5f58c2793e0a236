/** The columns of rows: their names in the order of appearance, and the kinds of their values. */

import { type Json, type Kind, kindOf, Num, type Row } from "../json/value";

export interface Column {
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly nulls: number;
  readonly absent: number;
}

export function columnsOf(rows: readonly Row[]): readonly Column[] {
  const tallies = new Map<string, { kinds: Set<Kind>; nulls: number; present: number }>();
  for (const row of rows) {
    for (const [name, value] of row) {
      const tally = tallies.get(name) ?? { kinds: new Set<Kind>(), nulls: 0, present: 0 };
      tally.present += 1;
      if (value === null) tally.nulls += 1;
      else tally.kinds.add(kindOf(value));
      tallies.set(name, tally);
    }
  }
  return [...tallies].map(([name, { kinds, nulls, present }]) => ({
    name,
    kinds: [...kinds],
    nulls,
    absent: rows.length - present,
  }));
}

export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

/** Gives the places of rows in the order of a column; what has no value comes last. */
export function ordered(rows: readonly Row[], order: Order | null): readonly number[] {
  const places = rows.map((_, place) => place);
  if (order === null) return places;
  const sign = order.descending ? -1 : 1;
  const value = (place: number) => rows[place]?.get(order.column) ?? null;
  return places.sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null) || one - other;
    return sign * compared(a, b) || one - other;
  });
}

function compared(a: Json, b: Json): number {
  if (a instanceof Num && b instanceof Num) return numbers(a, b);
  const [one, other] = [String(a), String(b)];
  return one < other ? -1 : Number(one > other);
}

function numbers(a: Num, b: Num): number {
  if (!a.isWhole || !b.isWhole) return Number(a.text) - Number(b.text);
  const [one, other] = [BigInt(a.text), BigInt(b.text)];
  return one < other ? -1 : Number(one > other);
}
