/** Builders of gates with defaults. */
import type { ClosedGate, Freeze, FreezeOccurrence, Gate, Hold, Stop } from "@/api/contract";

const ada = { kind: "person", id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073901", name: "Ada" } as const;

export const makeFreeze = (over: Partial<Freeze> = {}): Freeze => ({
  id: "freeze-1",
  name: "weekends",
  effect: "deny",
  starts: "2026-11-27T15:00",
  ends: "2026-11-30T07:00",
  zone: "Europe/Berlin",
  rrule: null,
  reason: "Nobody is in the office.",
  applications: null,
  labels: {},
  environments: null,
  created_by: ada,
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
  ...over,
});

export const makeOccurrence = (over: Partial<FreezeOccurrence> = {}): FreezeOccurrence => ({
  freeze: "freeze-1",
  name: "weekends",
  effect: "deny",
  starts: "2026-11-27T14:00:00Z",
  ends: "2026-11-30T06:00:00Z",
  reason: "Nobody is in the office.",
  applications: null,
  labels: {},
  environments: null,
  ...over,
});

export const makeGate = (over: Partial<Gate> = {}): Gate => ({
  kind: "freeze",
  id: "freeze-1",
  reason: "Nobody is in the office.",
  until: "2096-01-01T00:00:00Z",
  opened_by: "It opens by itself; an administrator can change it.",
  ...over,
});

export const makeClosedGate = (over: Partial<ClosedGate> = {}): ClosedGate => ({
  ...makeGate(),
  kinds: ["configure", "import", "promotion", "deploy"],
  ...over,
});

export const makeHold = (over: Partial<Hold> = {}): Hold => ({
  id: "hold-1",
  environment: "Production",
  application: "shop",
  reason: "Payments fail with 1.4.2.",
  until: null,
  operation: null,
  by: ada,
  created_at: "2026-11-23T12:00:00Z",
  ...over,
});

export const makeStop = (over: Partial<Stop> = {}): Stop => ({
  id: "stop-1",
  environment: "Production",
  cluster: null,
  reason: "The database is being restored.",
  by: ada,
  created_at: "2026-11-23T12:00:00Z",
  ...over,
});
