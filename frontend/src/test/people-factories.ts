/** Builders of people, what acts for them, and CI jobs, with defaults: a test sets only the fields that it is about. */
import type { Person, ServiceAccount, Session, Token, Trust } from "@/api/contract";

export const makePerson = (over: Partial<Person> = {}): Person => ({
  id: "person-1",
  provider: "corp",
  issuer: "https://login.example",
  subject: "248289761001",
  name: "Ada Lovelace",
  email: "ada@example.com",
  groups: ["shop", "ops"],
  groups_at: "2026-11-23T08:00:00Z",
  disabled_at: null,
  created_at: "2026-11-20T08:00:00Z",
  last_seen_at: "2026-11-23T12:00:00Z",
  ...over,
});

export const makeSession = (over: Partial<Session> = {}): Session => ({
  id: "s1",
  present: false,
  provider: "corp",
  address: "198.51.100.7",
  user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  created_at: "2026-11-23T08:00:00Z",
  expires_at: "2026-11-23T16:00:00Z",
  ...over,
});

export const makeToken = (over: Partial<Token> = {}): Token => ({
  id: "token-1",
  name: "ci",
  role: "maintainer",
  acts_for: null,
  applications: null,
  environments: null,
  created_by: "ada",
  created_at: "2026-11-23T12:00:00Z",
  expires_at: null,
  last_used_at: null,
  revoked_at: null,
  ...over,
});

export const makeServiceAccount = (over: Partial<ServiceAccount> = {}): ServiceAccount => ({
  id: "account-1",
  name: "deployer",
  description: "",
  owner: { kind: "person", id: "person-1", name: "ada" },
  created_at: "2026-11-23T12:00:00Z",
  disabled_at: null,
  ...over,
});

export const makeTrust = (over: Partial<Trust> = {}): Trust => ({
  id: "trust-1",
  name: "shop on GitHub",
  kind: "github",
  issuer: "https://token.actions.githubusercontent.com",
  audience: "https://stagecoach.example",
  claims: { repository_id: ["74"], repository_owner_id: ["65"], ref: ["refs/heads/main"] },
  cluster: null,
  expires_at: null,
  last_used_at: null,
  created_by: "ada",
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
  cautions: [],
  ...over,
});
