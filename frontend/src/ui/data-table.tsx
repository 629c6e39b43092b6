import { useVirtualizer, elementScroll, type Virtualizer, type VirtualizerOptions } from "@tanstack/react-virtual";
import { memo, useCallback, useRef, type ReactNode } from "react";
import classes from "./data-table.module.css";

export interface Column<Row> {
  key: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  /** A CSS width; columns without one share the remaining width. */
  width?: string;
  /** Hidden below 720 px; another column repeats its text there. */
  wideOnly?: boolean;
}

interface DataTableProps<Row> {
  /** The table's name for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** A stable function: another one makes the table measure its rows again. */
  rowKey: (row: Row) => string;
  /**
   * The height of a row in pixels. A number is an estimate until the row is measured. A function computes the height from
   * the row's data, and no row is measured: reading a height forces the browser to lay out the page.
   */
  rowHeight: number | ((row: Row) => number);
  /** Keep the first column visible while scrolling horizontally. */
  pinFirst?: boolean;
  minWidth?: string;
}

/**
 * A table of any length that renders the visible rows only. It scrolls in its own viewport, by keyboard as well, so that
 * its header stays visible. The first column contains the row headers.
 */
export function DataTable<Row>({ label, columns, rows, rowKey, rowHeight, pinFirst, minWidth }: DataTableProps<Row>) {
  const viewport = useRef<HTMLDivElement>(null);
  const known = typeof rowHeight === "function";
  // The React compiler, which is not used here, cannot memoise what the virtualizer returns.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => viewport.current,
    estimateSize: (index) => (known ? rowHeight(rows[index]!) : rowHeight),
    getItemKey: useCallback((index: number) => rowKey(rows[index]!), [rows, rowKey]),
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    observeElementRect,
    scrollToFn,
    overscan: 3,
  });
  const shown = virtualizer.getVirtualItems();
  const above = shown[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (shown.at(-1)?.end ?? 0);

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable region must be reachable by keyboard
    <div ref={viewport} className={classes.viewport} role="region" aria-label={label} tabIndex={0}>
      <table
        className={classes.table}
        aria-rowcount={rows.length + 1}
        data-pinned={pinFirst || undefined}
        style={{ minWidth }}
      >
        <caption className="sc-unseen">{label}</caption>
        <colgroup>
          {columns.map((column) => (
            <col
              key={column.key}
              className={column.wideOnly ? classes.wideOnly : undefined}
              style={{ width: column.width }}
            />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={column.wideOnly ? classes.wideOnly : undefined}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={above} />
          {shown.map(({ index, key }) => (
            <RowView
              key={key}
              row={rows[index]!}
              index={index}
              columns={columns as readonly Column<unknown>[]}
              height={known ? rowHeight(rows[index]!) : undefined}
              measure={known ? undefined : virtualizer.measureElement}
            />
          ))}
          <Spacer height={below} />
        </tbody>
      </table>
    </div>
  );
}

interface RowViewProps {
  row: unknown;
  index: number;
  columns: readonly Column<unknown>[];
  height?: number;
  measure?: (element: Element | null) => void;
}

/** Rendered again only when its row changes, not when the table scrolls. */
const RowView = memo(function RowView({ row, index, columns, height, measure }: RowViewProps) {
  return (
    <tr ref={measure} data-index={index} aria-rowindex={index + 2} style={{ height }}>
      {columns.map((column, position) => {
        const className = column.wideOnly ? classes.wideOnly : undefined;
        return position === 0 ? (
          <th key={column.key} scope="row" className={className}>
            {column.cell(row)}
          </th>
        ) : (
          <td key={column.key} className={className}>
            {column.cell(row)}
          </td>
        );
      })}
    </tr>
  );
});

/** Takes the height of the rows that are not rendered. Its cell has no colspan: that would lay out hidden columns. */
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true">
      <td style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

/** Like the virtualizer's own, but without reading the size at once, which would force a layout. */
function observeElementRect(
  { scrollElement }: Virtualizer<HTMLDivElement, Element>,
  report: (rect: { width: number; height: number }) => void,
) {
  if (!scrollElement) return;
  const observer = new ResizeObserver(([entry]) => {
    if (entry) report({ width: Math.round(entry.contentRect.width), height: Math.round(entry.contentRect.height) });
  });
  observer.observe(scrollElement);
  return () => observer.disconnect();
}

/** Like the virtualizer's own, but does not scroll a new table to the top, where it already is. */
const scrollToFn: VirtualizerOptions<HTMLDivElement, Element>["scrollToFn"] = (offset, options, instance) => {
  if (offset + (options.adjustments ?? 0) !== 0) elementScroll(offset, options, instance);
};
