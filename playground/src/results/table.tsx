/** Rows as a table that draws only what is in sight, however many there are. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Row } from "../json/value";
import { Cell } from "./cell";
import { type Column, columnsOf, type Order, ordered } from "./columns";

/** In pixels, as the style sheet has it. */
const ROW_HEIGHT = 30;
const BEYOND = 8;

interface Props {
  readonly rows: readonly Row[];
  readonly label: string;
}

export function Table({ rows, label }: Props) {
  const [order, setOrder] = useState<Order | null>(null);
  const columns = useMemo(() => columnsOf(rows), [rows]);
  const places = useMemo(() => ordered(rows, order), [rows, order]);
  const { place, first, last } = useWindow(rows.length);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
    <section class="table-scroll" ref={place} aria-label={label} tabIndex={0}>
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            <th class="number" scope="col">
              #
            </th>
            {columns.map((column) => (
              <Heading key={column.name} column={column} order={order} onOrder={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap rows={first} />
          {places.slice(first, last).map((index) => (
            <Line key={index} index={index} row={rows[index] as Row} columns={columns} />
          ))}
          <Gap rows={rows.length - last} />
        </tbody>
      </table>
    </section>
  );
}

function Line({ index, row, columns }: { index: number; row: Row; columns: readonly Column[] }) {
  return (
    <tr aria-rowindex={index + 2}>
      <th class="number" scope="row">
        {index + 1}
      </th>
      {columns.map(({ name }) => (
        <td key={name}>
          <Cell value={row.get(name)} />
        </td>
      ))}
    </tr>
  );
}

function Gap({ rows }: { rows: number }) {
  return rows > 0 ? <tr style={{ height: `${rows * ROW_HEIGHT}px` }} /> : null;
}

interface HeadingProps {
  readonly column: Column;
  readonly order: Order | null;
  readonly onOrder: (order: Order | null) => void;
}

function Heading({ column, order, onOrder }: HeadingProps) {
  const mine = order?.column === column.name ? order : null;
  const next = mine === null ? false : mine.descending ? null : true;
  const sort = mine === null ? "none" : mine.descending ? "descending" : "ascending";
  return (
    <th scope="col" aria-sort={sort}>
      <button
        type="button"
        class="heading"
        onClick={() => onOrder(next === null ? null : { column: column.name, descending: next })}
      >
        <span class="heading-name">{column.name}</span>
        <span class="kind">{kindsOf(column)}</span>
        <span class="sorted" aria-hidden="true">
          {mine === null ? "" : mine.descending ? "↓" : "↑"}
        </span>
      </button>
    </th>
  );
}

function kindsOf({ kinds, nulls, absent }: Column): string {
  const said = kinds.length === 0 ? ["null"] : [...kinds];
  if (kinds.length > 0 && nulls > 0) said.push("null");
  if (absent > 0) said.push("absent");
  return said.join(" · ");
}

/** Tells which rows are in sight. */
function useWindow(count: number) {
  const place = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const look = () => setTop(element.scrollTop);
    const sizes = new ResizeObserver(() => setHeight(element.clientHeight));
    element.addEventListener("scroll", look, { passive: true });
    sizes.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      sizes.disconnect();
    };
  }, []);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - BEYOND);
  const last = Math.min(count, Math.ceil((top + height) / ROW_HEIGHT) + BEYOND);
  return { place, first: Math.min(first, last), last };
}
