import { memo, type ReactNode, type Ref } from "react";
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

export interface DataTableProps<Row> {
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

/** The rows of a table that are rendered. */
export interface TableWindow {
  /** Their first and last position. */
  first: number;
  last: number;
  /** The heights of the rows above and below them, in pixels. */
  above: number;
  below: number;
  measure: ((element: Element | null) => void) | undefined;
}

interface TableFrameProps<Row> extends DataTableProps<Row> {
  visible: TableWindow;
  /** The position of a row that stays rendered wherever it is: it has the keyboard focus. */
  held: number | null;
  /** Told where the keyboard focus comes to be, and null when it leaves. */
  onFocusRow: (index: number | null) => void;
  viewport: Ref<HTMLDivElement>;
}

/** What a short and a long table have in common: the viewport, the header, and the rows that are rendered. */
export function TableFrame<Row>(props: TableFrameProps<Row>) {
  const { label, columns, rows, rowKey, rowHeight, pinFirst, minWidth, visible, held, onFocusRow, viewport } = props;
  // The rows may be fewer than when the visible ones were found.
  const last = Math.min(visible.last, rows.length - 1);
  const shown = Array.from({ length: Math.max(0, last - visible.first + 1) }, (_, index) => visible.first + index);
  const heightOf = (index: number) => (typeof rowHeight === "function" ? rowHeight(rows[index]!) : rowHeight);
  const heldAbove = held !== null && held < visible.first ? held : null;
  const heldBelow = held !== null && held > last ? held : null;
  const row = (index: number) => (
    <RowView
      key={rowKey(rows[index]!)}
      row={rows[index]!}
      index={index}
      columns={columns as readonly Column<unknown>[]}
      height={typeof rowHeight === "function" ? rowHeight(rows[index]!) : undefined}
      measure={visible.measure}
    />
  );
  return (
    /* eslint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- it scrolls */
    <div
      ref={viewport}
      className={classes.viewport}
      role="region"
      aria-label={label}
      tabIndex={0}
      onFocus={({ target }) => onFocusRow(rowAt(target))}
      onBlur={() => onFocusRow(null)}
    >
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
          {[
            ...(heldAbove === null ? [] : [row(heldAbove)]),
            <Spacer key=" above" height={visible.above - (heldAbove === null ? 0 : heightOf(heldAbove))} />,
            ...shown.map(row),
            <Spacer key=" below" height={visible.below - (heldBelow === null ? 0 : heightOf(heldBelow))} />,
            ...(heldBelow === null ? [] : [row(heldBelow)]),
          ]}
        </tbody>
      </table>
    </div>
  );
}

/** The position of the row that an element stands in. */
function rowAt(element: Element): number | null {
  const index = element.closest<HTMLElement>("tr[data-index]")?.dataset.index;
  return index === undefined ? null : Number(index);
}

interface RowViewProps {
  row: unknown;
  index: number;
  columns: readonly Column<unknown>[];
  height?: number;
  measure?: ((element: Element | null) => void) | undefined;
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
