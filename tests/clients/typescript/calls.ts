/** Real calls by the generated types: what they say must be what the service does. Prints one JSON document. */

import createClient from "openapi-fetch";

import type { components, paths } from "./schema.js";

const { STAGECOACH_URL: baseUrl = "", STAGECOACH_TOKEN: token = "" } = process.env;
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

function given<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const made: components["schemas"]["ApplicationRead"] = given(
  await client.POST("/api/v1/applications", { body: { name: "from-typescript" } }),
);
const renamed = given(
  await client.PATCH("/api/v1/applications/{application}", {
    params: { path: { application: made.name } },
    body: { description: "Made by the generated client" },
  }),
);
const listed = given(await client.GET("/api/v1/applications", { params: { query: { limit: 10 } } }));
const missing = await client.GET("/api/v1/clusters/{cluster}", { params: { path: { cluster: "nowhere" } } });
const problem: components["schemas"]["Problem"] | undefined = missing.error;

console.log(
  JSON.stringify({
    description: renamed.description,
    listed: listed.items.some((each) => each.name === made.name),
    next: listed.next_cursor,
    code: problem?.code,
  }),
);
