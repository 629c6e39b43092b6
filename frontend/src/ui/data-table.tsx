import { lazy, Suspense, useState } from "react";
import { TableFrame, type DataTableProps } from "./table-frame";

export type { Column } from "./table-frame";

// Loaded on demand: most tables have few rows, and what finds the visible ones is a tenth of what such a page loads.
const LongTable = lazy(() => import("./long-table"));

/** Up to so many rows are rendered whole. They fill the first screen of a longer table, too, while its code is loaded. */
const SHORT = 50;

/**
 * A table of any length; of a long one, the visible rows are rendered only. It scrolls in its own viewport, by keyboard as
 * well, so that its header stays visible. The first column contains the row headers.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows } = props;
  const [long, setLong] = useState(rows.length > SHORT);
  // It stays long: rows that come and go at the limit would otherwise close what is open in others.
  if (!long && rows.length > SHORT) setLong(true);
  const shortened = <TableFrame {...props} shown={positions(Math.min(rows.length, SHORT))} />;
  if (!long) return shortened;
  return (
    <Suspense fallback={shortened}>
      <LongTable {...(props as DataTableProps<unknown>)} />
    </Suspense>
  );
}

const positions = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
