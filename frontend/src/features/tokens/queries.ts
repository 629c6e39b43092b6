import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { Token } from "@/api/contract";
import { keys } from "@/api/keys";

/** All of them, page by page: revoked and expired ones too. */
async function allTokens(signal: AbortSignal): Promise<Token[]> {
  const tokens: Token[] = [];
  let cursor: string | undefined;
  do {
    const page = await body(api.GET("/api/v1/tokens", { params: { query: { limit: 200, cursor } }, signal }));
    tokens.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return tokens;
}

export const tokensQuery = queryOptions({
  queryKey: keys.tokens,
  queryFn: ({ signal }) => allTokens(signal),
  refetchInterval: 60_000,
});
