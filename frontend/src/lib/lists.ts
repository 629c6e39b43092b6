/** The list with the item at `index` replaced. */
export const replaced = <Item>(items: readonly Item[], index: number, item: Item): Item[] =>
  items.map((each, position) => (position === index ? item : each));

/** The list without the item at `index`. */
export const removed = <Item>(items: readonly Item[], index: number): Item[] =>
  items.filter((_, position) => position !== index);
