import { useVirtualizer, elementScroll, type Virtualizer, type VirtualizerOptions } from "@tanstack/react-virtual";
import { memo, useCallback, useRef, type ReactNode } from "react";
import classes from "./data-table.module.css";

export interface Column<Row> {
  key: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Any CSS width; columns without one share what is left. */
  width?: string;
  /** Left out below 720 px, where the row says the same elsewhere. */
  wideOnly?: boolean;
}

interface DataTableProps<Row> {
  /** What the table holds, for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** The same function whenever the rows are the same: what is known of them is kept for as long. */
  rowKey: (row: Row) => string;
  /**
   * The height of a row in pixels. A number is what a row has until it has been measured; a function knows it from the
   * row alone, and then nothing is measured: reading a height makes the browser lay out the page at once.
   */
  rowHeight: number | ((row: Row) => number);
  /** Keep the first column in sight while scrolling sideways. */
  pinFirst?: boolean;
  minWidth?: string;
}

/**
 * A table of any length: only the rows in sight are in the document. It scrolls within itself, so that its head stays,
 * and can be scrolled by keyboard. The first column holds each row's header.
 */
export function DataTable<Row>({ label, columns, rows, rowKey, rowHeight, pinFirst, minWidth }: DataTableProps<Row>) {
  const viewport = useRef<HTMLDivElement>(null);
  const known = typeof rowHeight === "function";
  // The compiler of React cannot memoise what the virtualizer returns; it is not in use here.
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
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
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

/** Rendered again only when its row changes, not whenever the table has been scrolled by one. */
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

/** Stands for the rows out of sight. Its one cell spans no columns: those that are left out would be laid out by it. */
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true">
      <td style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

/** As the virtualizer's own, but that it waits for the browser to say the size instead of asking for it at once. */
function observeElementRect(
  { scrollElement }: Virtualizer<HTMLDivElement, Element>,
  tell: (rect: { width: number; height: number }) => void,
) {
  if (!scrollElement) return;
  const observer = new ResizeObserver(([entry]) => {
    if (entry) tell({ width: Math.round(entry.contentRect.width), height: Math.round(entry.contentRect.height) });
  });
  observer.observe(scrollElement);
  return () => observer.disconnect();
}

/** As the virtualizer's own, but that a table which is new, and at its top already, is not scrolled there. */
const scrollToFn: VirtualizerOptions<HTMLDivElement, Element>["scrollToFn"] = (offset, options, instance) => {
  if (offset + (options.adjustments ?? 0) !== 0) elementScroll(offset, options, instance);
};
