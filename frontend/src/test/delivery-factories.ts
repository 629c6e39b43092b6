/** What receivers were sent, for tests. */
import type { Delivery } from "@/api/contract";

export const makeDelivery = (over: Partial<Delivery> = {}): Delivery => ({
  id: "delivery-1",
  received_at: "2026-11-23T12:00:00Z",
  fate: "accepted",
  code: null,
  reason: null,
  provider_id: null,
  images: ["registry.example/shop/web:1.5.0"],
  events: [],
  image_pushes: [1],
  kept: true,
  ...over,
});
