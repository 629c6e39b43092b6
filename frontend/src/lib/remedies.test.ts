import { expect, it } from "vitest";
import { withRemedies, withTyped } from "./remedies";

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

it("gives keys that are brought the values that were typed in, and copies the others", () => {
  const bring = [{ kind: "Secret" as const, name: "login", keys: ["a", "b"] }];
  expect(withTyped({ bring }, { "Secret/login/a": "x", "Secret/login/b": "", "Secret/other/b": "y" })).toEqual({
    bring: [{ kind: "Secret", name: "login", keys: ["a", "b"], values: { a: "x" } }],
  });
});
