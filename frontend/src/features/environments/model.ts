/** The order of environments. Pure. */

/** The list with the item at `from` moved to `to`; unchanged if an index lies outside the list. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const result = [...items];
  if (from === to || from < 0 || to < 0 || from >= items.length || to >= items.length) return result;
  const [item] = result.splice(from, 1);
  result.splice(to, 0, item!);
  return result;
}
