/** What registries report, and through which receiver. */
import type { KnownImage, Provider, Receiver } from "@/api/contract";
import { makeResource } from "./factories";

export const makeProvider = (over: Partial<Provider> = {}): Provider => ({
  provider: "harbor",
  title: "Harbor",
  proof: { kind: "header", sentence: "The secret comes in the header Authorization.", weak: false, lacks: null },
  needs_secret: true,
  secret_in_address: false,
  settings: ["registry", "header"],
  needs: [],
  setup: ["Endpoint URL: {address}", "Auth header: Bearer {secret}"],
  ...over,
});

export const makeReceiver = (over: Partial<Receiver> = {}): Receiver => ({
  id: "b7Vd0cX2mQ9rT4yK8nLw1sZe5uHg3fJa",
  name: "Harbor of shop",
  provider: "harbor",
  title: "Harbor",
  application: null,
  settings: {
    registry: null,
    repositories: {},
    signed: false,
    header: null,
    username: null,
    topics: [],
    audience: null,
    service_account: null,
  },
  address: "/webhooks/b7Vd0cX2mQ9rT4yK8nLw1sZe5uHg3fJa",
  weak: false,
  lacks: null,
  former_until: null,
  last_delivery_at: null,
  last_delivery_fate: null,
  deliveries_24h: {},
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
  ...over,
});

export const makeKnownImage = (over: Partial<KnownImage> = {}): KnownImage => ({
  push: 7,
  repository: "registry.example/shop/web",
  tag: "1.5.0",
  digest: `sha256:${"a".repeat(64)}`,
  resolved: true,
  platforms: ["linux/amd64"],
  built_at: null,
  discovered_at: "2026-11-23T12:00:00Z",
  origin: "webhook",
  state: "decided",
  verdict: "offered",
  rule: null,
  reason: null,
  operation: null,
  operation_state: null,
  offered: true,
  containers: [{ workload: makeResource("Deployment", "web"), container: "web" }],
  ...over,
});
