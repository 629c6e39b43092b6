import { useVirtualizer, elementScroll, type Virtualizer, type VirtualizerOptions } from "@tanstack/react-virtual";
import { useCallback, useRef } from "react";
import { TableFrame, type DataTableProps } from "./table-frame";

/** A table of any length: it renders the visible rows only. */
export default function LongTable<Row>(props: DataTableProps<Row>) {
  const { rows, rowKey, rowHeight } = props;
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
  return (
    <TableFrame
      {...props}
      viewport={viewport}
      shown={shown.map(({ index }) => index)}
      above={shown[0]?.start ?? 0}
      below={virtualizer.getTotalSize() - (shown.at(-1)?.end ?? 0)}
      measure={known ? undefined : virtualizer.measureElement}
    />
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
