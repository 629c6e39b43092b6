import { expect, it } from "vitest";
import { withRemedies } from "./remedies";

const bringing = (key: string) => ({
  code: "bring-keys",
  title: `Bring ${key}`,
  request: { bring: [{ kind: "Secret", name: "login", keys: [key] }] },
});

it("appends the lists of remedies to those of the request", () => {
  const request = { target_environment: "Production", bring: [] as unknown[] };
  expect(withRemedies(request, [bringing("a"), bringing("b")])).toEqual({
    target_environment: "Production",
    bring: [...bringing("a").request.bring, ...bringing("b").request.bring],
  });
  expect(request.bring).toEqual([]);
});

it("puts anything else in the place of what the request has", () => {
  const remedy = { code: "x", title: "Take staging-1", request: { source_cluster: "staging-1" } };
  expect(withRemedies({ source_cluster: null as string | null }, [remedy])).toEqual({ source_cluster: "staging-1" });
});
