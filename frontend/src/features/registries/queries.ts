import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { Poll, Registry } from "@/api/contract";
import { keys } from "@/api/keys";

interface Answer<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** All of them, page by page. */
async function every<Item>(page: (cursor: string | undefined) => Promise<Answer<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const answer = await page(cursor);
    items.push(...answer.items);
    cursor = answer.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

export const registriesQuery = queryOptions({
  queryKey: keys.registries,
  queryFn: ({ signal }) =>
    every<Registry>((cursor) =>
      body(api.GET("/api/v1/registries", { params: { query: { limit: 200, cursor } }, signal })),
    ),
  refetchInterval: 30_000,
});

export const pollsQuery = queryOptions({
  queryKey: keys.polls,
  queryFn: ({ signal }) =>
    every<Poll>((cursor) => body(api.GET("/api/v1/polls", { params: { query: { limit: 200, cursor } }, signal }))),
  refetchInterval: 30_000,
});
