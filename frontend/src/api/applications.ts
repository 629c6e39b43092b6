/** An application's name and description, which several features show. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";

export const applicationQuery = (application: string) =>
  queryOptions({
    queryKey: keys.applications.one(application),
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/applications/{application}", { params: { path: { application } }, signal })),
    staleTime: 60_000,
  });
