import { useVirtualizer, elementScroll, type Virtualizer, type VirtualizerOptions } from "@tanstack/react-virtual";
import { useCallback, useLayoutEffect, type RefObject } from "react";
import type { DataTableProps, TableWindow } from "./table-frame";

interface LongTableProps<Row> {
  table: DataTableProps<Row>;
  viewport: RefObject<HTMLDivElement | null>;
  /** Told before the browser paints. It stays the same function. */
  onWindow: (window: TableWindow) => void;
}

/**
 * Says which rows of a long table are visible. It renders nothing itself: the table stays the same one when it becomes long,
 * so that what has the keyboard focus in it keeps it.
 */
export default function LongTable<Row>({ table, viewport, onWindow }: LongTableProps<Row>) {
  const { rows, rowKey, rowHeight } = table;
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
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? -1;
  const above = shown[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const measure = known ? undefined : virtualizer.measureElement;
  useLayoutEffect(() => {
    onWindow({ first, last, above, below, measure });
  }, [onWindow, first, last, above, below, measure]);
  return null;
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
