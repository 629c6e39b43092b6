import { expect, it } from "vitest";
import { applied, valuesLacking } from "./remedies";

const bringing = (key: string, code = "bring-keys") => ({
  code,
  title: `Bring ${key}`,
  request: { bring: [{ kind: "Secret", name: "login", keys: [key] }] },
});

it("appends the lists of remedies to those of the request", () => {
  const request = { target_environment: "Production", bring: [] as unknown[] };
  expect(applied(request, [bringing("a"), bringing("b")], {})).toEqual({
    target_environment: "Production",
    bring: [...bringing("a").request.bring, ...bringing("b").request.bring],
  });
  expect(request.bring).toEqual([]);
});

it("puts anything else in the place of what the request has", () => {
  const remedy = { code: "x", title: "Take staging-1", request: { source_cluster: "staging-1" } };
  expect(applied({ source_cluster: null as string | null }, [remedy], {})).toEqual({ source_cluster: "staging-1" });
});

it("gives keys that are brought the values that were typed in, and copies the others", () => {
  const remedy = { ...bringing("a"), request: { bring: [{ kind: "Secret", name: "login", keys: ["a", "b"] }] } };
  expect(applied({}, [remedy], { "Secret/login/a": "x", "Secret/login/b": "", "Secret/other/b": "y" })).toEqual({
    bring: [{ kind: "Secret", name: "login", keys: ["a", "b"], values: { a: "x" } }],
  });
});

it("leaves keys without a source out until each has a value", () => {
  const remedy = bringing("a", "type-keys");
  expect(valuesLacking(remedy, {})).toBe(true);
  expect(applied({ image: "web" }, [remedy], {})).toEqual({ image: "web" });
  expect(applied({ image: "web" }, [remedy], { "Secret/login/a": "x" })).toEqual({
    image: "web",
    bring: [{ kind: "Secret", name: "login", keys: ["a"], values: { a: "x" } }],
  });
  expect(valuesLacking(bringing("a"), {})).toBe(false);
});
