import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { Matrix } from "@/api/contract";
import { keys } from "@/api/keys";

const PAGE = 200;

/** Every application: two hundred come in one answer, more in as many as it takes. */
async function wholeMatrix(signal: AbortSignal): Promise<Matrix> {
  const items: Matrix["items"] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await body(api.GET("/api/v1/overview", { params: { query: { limit: PAGE, cursor } }, signal }));
    items.push(...page.items);
    if (page.next_cursor === null) return { ...page, items };
    cursor = page.next_cursor;
  }
}

export const matrixQuery = queryOptions({
  queryKey: keys.applications.matrix,
  queryFn: ({ signal }) => wholeMatrix(signal),
  refetchInterval: 20_000,
});
