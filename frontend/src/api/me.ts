/** The signed-in user and their role. The service enforces roles; the console only disables what it would refuse. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, body, rememberCsrfToken } from "./client";
import type { Role } from "./contract";
import { signedOut } from "./problem";
import { keys } from "./keys";

const rank: Record<Role, number> = { viewer: 0, approver: 0, promoter: 1, maintainer: 2, admin: 3 };

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

export const allows = (role: Role | null, needed: Role): boolean => rank[role ?? "viewer"] >= rank[needed];

export function useAllowed(needed: Role): boolean {
  const { data } = useQuery(meQuery);
  return data !== undefined && allows(data.role, needed);
}
