import { expect, it } from "vitest";
import { requestFor } from "./request";

const secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: s3cr3t\n";
const labelled = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: tls\n  labels: {a: b}\nstringData:\n  key: x\n";
const config = "# settings\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n";
const ask = (text: string) => requestFor({ text, namespace: "shop", onConflict: "fail" });

it("sends a Secret's values where they are kept encrypted, and not within the manifests", () => {
  const request = ask(`${config}---\n${secret}`);
  expect([request.secrets, request.manifests]).toEqual([
    [{ name: "db", type: "Opaque", data: { password: "s3cr3t" } }],
    config,
  ]);
});

it("leaves a Secret with more than the short form says among the manifests", () =>
  expect(ask(labelled).manifests).toContain("labels"));

it("sends no manifests where there are none", () => expect(ask(secret).manifests).toBeNull());

it("bears a text that cannot be read while it is being typed", () =>
  expect(ask("kind: [\n").manifests).toBe("kind: [\n"));
