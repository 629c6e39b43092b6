import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { allPages, PAGE_LIMIT } from "@/api/pages";

/** Everybody who has signed in through an OpenID provider, the newest first. */
export const peopleQuery = queryOptions({
  queryKey: keys.people.list,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/people", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
  refetchInterval: 60_000,
});

export const sessionsOfPersonQuery = (person: string) =>
  queryOptions({
    queryKey: keys.people.sessions(person),
    queryFn: async ({ signal }) =>
      (await body(api.GET("/api/v1/people/{person}/sessions", { params: { path: { person } }, signal }))).items,
  });
