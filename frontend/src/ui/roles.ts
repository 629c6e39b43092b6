import type { Role } from "@/api/contract";

/** The permissions of each role. */
export const roleDescriptions: Record<Role, string> = {
  viewer: "Reads everything except secrets",
  approver: "Reads, and decides about proposals",
  promoter: "In addition promotes, deploys and rolls back",
  maintainer: "In addition adopts, configures, imports and changes settings",
  admin: "In addition manages clusters, environments, registries and tokens",
};
