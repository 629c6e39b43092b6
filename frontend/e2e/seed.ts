/** What the instance holds whose screens are checked. */
import { deployed, ended, expect, imported, promoted, receiving, reported, test as base } from "./fixtures";
import type { Instance } from "./instance";

/** What the seeded instance holds that paths name. */
export interface Seed {
  /** The id of a failed promotion. */
  failed: string;
  /** The id of a receiver. */
  receiver: string;
}

/** Creates shop in three environments, with images to promote and a failed operation. */
async function seeded(instance: Instance): Promise<Seed> {
  await imported(instance, "Development", "Staging");
  await Promise.all([
    imported(instance, "Staging", "Production"),
    deployed(instance, "Development", "web", "1.5.0"),
    instance.call("POST", "/applications", { name: "blog", description: "Not configured anywhere yet" }),
  ]);
  await ended(instance, await promoted(instance, "Development", "Staging"));
  await instance.sandbox("PATCH", "prod-us", "faults", {
    failures: [{ status: 403, methods: ["PATCH"], path: "deployments" }],
  });
  const failed = await promoted(instance, "Staging", "Production");
  await Promise.all([ended(instance, failed), deployed(instance, "Development", "checkout", "3.3.0")]);
  await instance.sandbox("DELETE", "prod-us", "faults");
  return { failed: failed.id, receiver: await seedReceiver(instance) };
}

/** Creates a receiver with an unmatched and an unauthenticated delivery, and image policies with two image pushes. */
async function seedReceiver(instance: Instance): Promise<string> {
  const receiver = await receiving(instance, "Builds of shop");
  await reported(instance, receiver, "registry.example/shop/other:1.0.0");
  await reported(instance, { ...receiver, secret: "wrong" }, "registry.example/shop/web:1.5.0");
  await instance.call("PUT", "/applications/shop/environments/Staging/image-policies", {
    rules: [{ match: { container: "web" }, select: { kind: "semver", range: "^1.4.0" }, newest_by: "semver" }],
  });
  for (const tag of ["1.6.0", "2.0.0"]) await reported(instance, receiver, `registry.example/shop/web:${tag}`);
  await expect
    .poll(async () => {
      const path = "/applications/shop/environments/Staging/images";
      return (await instance.call<{ items: { verdict: string | null }[] }>("GET", path)).items.map(
        (each) => each.verdict,
      );
    })
    .toEqual(["refused", "offered"]);
  await instance.call("PUT", "/registries/registry.example", { credential: { kind: "anonymous" } });
  await instance.call("PUT", "/polls/registry.example/shop/web", { interval_seconds: 86_400 });
  return receiver.id;
}

/** Tests that check every screen share one seeded instance. */
export const test = base.extend<object, { seed: Seed }>({
  seed: [async ({ instance }, give) => give(await seeded(instance)), { scope: "worker", timeout: 240_000 }],
});
