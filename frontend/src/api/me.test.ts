import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";
import { createQueryClient } from "@/app/query-client";
import { makeMe } from "@/test/factories";
import { at } from "@/test/handlers";
import { server } from "@/test/server";
import { meQuery } from "./me";

it("a signed-out visit asks nothing that would be refused, and counts as signed out", async () => {
  const answers: number[] = [];
  server.events.on("response:mocked", ({ response }) => void answers.push(response.status));
  server.use(http.get(at("/session"), () => HttpResponse.json({ me: null })));
  await expect(createQueryClient().ensureQueryData(meQuery)).rejects.toMatchObject({ status: 401 });
  expect(answers).toEqual([200]);
});

it("a session is who is signed in", async () => {
  server.use(http.get(at("/session"), () => HttpResponse.json({ me: makeMe({ name: "grace" }) })));
  expect(await createQueryClient().ensureQueryData(meQuery)).toMatchObject({ name: "grace" });
});
