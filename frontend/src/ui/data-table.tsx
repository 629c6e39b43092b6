import { lazy, Suspense, useRef, useState } from "react";
import { TableFrame, type DataTableProps, type TableWindow } from "./table-frame";

export type { Column } from "./table-frame";

// Loaded on demand: most tables have few rows, and what finds the visible ones is a tenth of what such a page loads.
const LongTable = lazy(() => import("./long-table"));

/** Up to so many rows are rendered whole. They fill the first screen of a longer table, too, while its code is loaded. */
const SHORT = 50;

/**
 * A table of any length; of a long one, the visible rows are rendered only, and the row that has the keyboard focus. It
 * scrolls in its own viewport, by keyboard as well, so that its header stays visible. The first column contains the row headers.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, rowKey } = props;
  const viewport = useRef<HTMLDivElement>(null);
  const [long, setLong] = useState(rows.length > SHORT);
  const [visible, setVisible] = useState<TableWindow | null>(null);
  const [focused, setFocused] = useState<string | null>(null);
  // It stays long: rows that come and go at the limit would otherwise close what is open in others.
  if (!long && rows.length > SHORT) setLong(true);
  const whole = { first: 0, last: Math.min(rows.length, SHORT) - 1, above: 0, below: 0, measure: undefined };
  const held = focused === null ? -1 : rows.findIndex((row) => rowKey(row) === focused);
  return (
    <>
      <TableFrame
        {...props}
        viewport={viewport}
        visible={(long && visible) || whole}
        held={held < 0 ? null : held}
        onFocusRow={(index) => setFocused(index === null ? null : rowKey(rows[index]!))}
      />
      {long ? (
        <Suspense fallback={null}>
          <LongTable table={props as DataTableProps<unknown>} viewport={viewport} onWindow={setVisible} />
        </Suspense>
      ) : null}
    </>
  );
}
