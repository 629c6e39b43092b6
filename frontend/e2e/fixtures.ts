import { createHash } from "node:crypto";
import { test as base, expect, type Page } from "@playwright/test";
import { startInstance, type Instance } from "./instance";

interface Journey {
  /** A page that is signed in as administrator. */
  signedIn: Page;
}

interface Instances {
  /** Test files with the same name share an instance. A file that changes data uses a name of its own. */
  instanceName: string;
  instance: Instance;
}

export const test = base.extend<Journey, Instances>({
  instanceName: ["shared", { option: true, scope: "worker" }],
  instance: [
    async ({ instanceName: _ }, give) => {
      const instance = await startInstance();
      await give(instance);
      await instance.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  baseURL: async ({ instance }, give) => give(instance.address),
  signedIn: async ({ page, instance }, give) => {
    await signIn(page, instance.token);
    await give(page);
  },
});

export { expect };

/** Signs the browser in with a session cookie, without the form of the sign-in page. */
export async function signIn(page: Page, token: string): Promise<void> {
  const response = await page.request.post("/api/v1/session", { data: { token } });
  expect(response.status()).toBe(201);
}

/** A token with another role. */
export async function tokenOf(instance: Instance, role: "viewer" | "maintainer"): Promise<string> {
  const { token } = await instance.call<{ token: string }>("POST", "/tokens", { name: `${role} of the tests`, role });
  return token;
}

export interface Operation {
  id: string;
  state: string;
}

export const stateOf = async (instance: Instance, { id }: Operation): Promise<string> =>
  (await instance.call<Operation>("GET", `/operations/${id}`)).state;

/** Waits for the end of an operation; returns its final state. */
export async function ended(instance: Instance, operation: Operation): Promise<string> {
  await expect
    .poll(() => stateOf(instance, operation), { timeout: 90_000, intervals: [250] })
    .toMatch(/succeeded|failed|cancelled/);
  return stateOf(instance, operation);
}

interface SourceResources {
  items: { resource: object; selected: boolean }[];
}

/** Imports shop from one environment into another with the suggested resources. */
export async function imported(instance: Instance, source: string, target: string): Promise<void> {
  const { items } = await instance.call<SourceResources>("GET", `/applications/shop/environments/${source}/resources`);
  const operation = await instance.call<Operation>("POST", `/applications/shop/environments/${target}/import`, {
    source_environment: source,
    namespace: "shop",
    resources: items.filter(({ selected }) => selected).map(({ resource }) => resource),
  });
  expect(await ended(instance, operation)).toBe("succeeded");
}

const workload = (name: string) => ({ api_version: "apps/v1", kind: "Deployment", name });

/** Starts deploying another image to a container. */
export const deploying = (instance: Instance, environment: string, name: string, tag: string): Promise<Operation> =>
  instance.call<Operation>("POST", `/applications/shop/environments/${environment}/deploy`, {
    images: [{ workload: workload(name), container: name, image: `registry.example/shop/${name}:${tag}` }],
  });

/** Deploys another image to a container; returns the final state of the operation. */
export const deployed = async (instance: Instance, environment: string, name: string, tag: string): Promise<string> =>
  ended(instance, await deploying(instance, environment, name, tag));

export const promoted = (instance: Instance, source: string, target: string, onFailure = "stay"): Promise<Operation> =>
  instance.call<Operation>("POST", "/applications/shop/promotions", {
    source_environment: source,
    target_environment: target,
    strategy: { on_failure: onFailure },
  });

interface Receiver {
  id: string;
  secret: string;
}

/** Creates a receiver for CI jobs. */
export const receiving = (instance: Instance, name: string): Promise<Receiver> =>
  instance.call<Receiver>("POST", "/receivers", { name, provider: "ci" });

/** A digest for an image that does not exist: the practice clusters accept any digest. */
export const digestOf = (image: string): string => `sha256:${createHash("sha256").update(image).digest("hex")}`;

/** Reports a pushed image with its digest, as a CI job does; returns the response. */
export async function reported(instance: Instance, receiver: Receiver, image: string): Promise<{ fate?: string }> {
  const response = await fetch(`${instance.address}/webhooks/${receiver.id}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${receiver.secret}`, "Content-Type": "application/json" },
    body: JSON.stringify({ image: `${image}@${digestOf(image)}` }),
  });
  return (await response.json()) as { fate?: string };
}
