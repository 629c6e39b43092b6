import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { SubjectKind } from "@/api/contract";
import { keys } from "@/api/keys";
import { allPages, PAGE_LIMIT } from "@/api/pages";

/** The bindings whose whole scope the user maintains, the newest first. */
export const bindingsQuery = queryOptions({
  queryKey: keys.bindings.list,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/bindings", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
});

export interface Asked {
  subject_kind: SubjectKind;
  subject_id: string;
  application: string;
  environment: string;
}

/** What a subject may do in one place, and by which bindings. */
export const explainedQuery = (asked: Asked) =>
  queryOptions({
    queryKey: keys.bindings.explained(asked),
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/rights", { params: { query: asked }, signal }))).items,
  });
