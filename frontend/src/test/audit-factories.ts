/** Builders of entries of the audit, with defaults. */
import type { AuditEntry } from "@/api/contract";

export const makeAuditEntry = (over: Partial<AuditEntry> = {}): AuditEntry => ({
  seq: 42,
  at: "2026-12-01T16:40:12Z",
  actor: { kind: "person", id: "person-1", name: "Ada" },
  origin: { via: "session", address: "192.0.2.7", request_id: "8c1f0a52" },
  action: "cluster.removed",
  targets: [{ kind: "cluster", id: "cluster-1", name: "eu-1" }],
  application_id: null,
  environment_id: null,
  outcome: "done",
  reason: null,
  before: null,
  after: null,
  ...over,
});
