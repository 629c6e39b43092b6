/** The signed-in user; what they may do is in api/rights. */
import { queryOptions } from "@tanstack/react-query";
import { api, body, rememberCsrfToken } from "./client";
import { signedOut } from "./problem";
import { keys } from "./keys";

export const meQuery = queryOptions({
  queryKey: keys.me,
  // `/session` answers nobody with null: a refused `/me` would leave an error in the browser's console at each signed-out visit.
  queryFn: async ({ signal }) => {
    const { me } = await body(api.GET("/api/v1/session", { signal }));
    if (me === null) throw signedOut();
    rememberCsrfToken(me.csrf_token);
    return me;
  },
  staleTime: 5 * 60_000,
});
