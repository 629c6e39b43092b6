/** Reading lists that the service answers in pages. A page names the cursor of the next one, or null at the end. */

interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** The largest page that the service answers. */
export const PAGE_LIMIT = 200;

/** Reads page after page; the result is the last page with the items of all of them. */
export async function allPages<Read extends Page<unknown>>(
  read: (cursor: string | undefined) => Promise<Read>,
): Promise<Read> {
  const items: Read["items"] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await read(cursor);
    items.push(...page.items);
    if (page.next_cursor === null) return { ...page, items };
    cursor = page.next_cursor;
  }
}

/** The options of an infinite query that reads one page after the other on demand. */
export const byCursor = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: Page<unknown>): string | undefined => page.next_cursor ?? undefined,
};

/** The items of all pages that an infinite query has read; undefined while it has read none. */
export const itemsOf = <Item>(data: { pages: readonly Page<Item>[] } | undefined): Item[] | undefined =>
  data?.pages.flatMap(({ items }) => items);
