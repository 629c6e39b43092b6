import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";

export const sessionsOfPersonQuery = (person: string) =>
  queryOptions({
    queryKey: keys.people.sessions(person),
    queryFn: async ({ signal }) =>
      (await body(api.GET("/api/v1/people/{person}/sessions", { params: { path: { person } }, signal }))).items,
  });
