/** Builders for rights. */
import type { Binding, HeldRight, Right, RightsScope, Role } from "@/api/contract";

const rightsOf: Record<Role, Right[]> = {
  viewer: ["view"],
  promoter: ["view", "promote"],
  approver: ["view", "approve"],
  maintainer: ["view", "promote", "maintain"],
  admin: ["view", "promote", "approve", "maintain", "administer", "break-glass"],
};

/** The rights of a role in these scopes; everywhere, if there are none. */
export const makeRights = (role: Role, ...scopes: (Partial<RightsScope> | undefined)[]): HeldRight[] =>
  rightsOf[role].map((right) => ({
    right,
    scopes: (scopes.length > 0 ? scopes : [{}]).map((each) => makeScope(each)),
  }));

export const makeScope = (over: Partial<RightsScope> = {}): RightsScope => ({
  applications: null,
  labels: null,
  environments: null,
  ...over,
});

export const makeBinding = (over: Partial<Binding> = {}): Binding => ({
  id: "binding-1",
  subject: { kind: "group", id: "corp:shop", name: "corp:shop" },
  role: "promoter",
  break_glass: false,
  scope: makeScope(),
  expires_at: null,
  created_by: { kind: "person", id: "person-1", name: "ada" },
  created_at: "2026-11-23T12:00:00Z",
  ...over,
});
