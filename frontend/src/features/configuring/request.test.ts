import { expect, it } from "vitest";
import { requestFor } from "./request";

const secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: s3cr3t\n";
const labelled = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: tls\n  labels: {a: b}\nstringData:\n  key: x\n";
const config = "# settings\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n";
const request = (text: string) => requestFor({ text, namespace: "shop", onConflict: "fail", restart: false });

it("sends a Secret's values in the encrypted field, and not in the manifests", () => {
  const { secrets, manifests } = request(`${config}---\n${secret}`);
  expect([secrets, manifests]).toEqual([[{ name: "db", type: "Opaque", data: { password: "s3cr3t" } }], config]);
});

it("sends a Secret with labels as a manifest", () => expect(request(labelled).manifests).toContain("labels"));

it("sends no manifests if all are Secrets", () => expect(request(secret).manifests).toBeNull());

it("accepts an invalid text while the user types", () => expect(request("kind: [\n").manifests).toBe("kind: [\n"));
