import type { Role } from "@/api/contract";

/** The permissions of each role. */
export const roleDescriptions: Record<Role, string> = {
  viewer: "Reads everything except secrets",
  approver: "Reads, and decides about proposals",
  promoter: "Reads, promotes, deploys and rolls back",
  maintainer: "As a promoter; also adopts, configures, imports, holds, and changes settings",
  admin: "All of these; everywhere, also clusters, environments, registries, people and tokens",
};
