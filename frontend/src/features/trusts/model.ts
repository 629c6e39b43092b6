/** The kinds of trusts, what each has to name, and the words for a trial. Pure. */
import type { Trust, TrustKind, TrustTrial } from "@/api/contract";
import type { Status } from "@/ui/status-badge";

interface KindWords {
  label: string;
  /** The claims that the form begins with: those that the kind requires. */
  claims: readonly string[];
  /** An example of the issuer, where the service has no usual one. */
  issuer: string | null;
}

export const kinds: Record<TrustKind, KindWords> = {
  github: { label: "GitHub Actions", claims: ["repository_id", "repository_owner_id", "ref"], issuer: null },
  gitlab: { label: "GitLab CI/CD", claims: ["project_id", "ref_protected"], issuer: null },
  buildkite: { label: "Buildkite", claims: ["organization_id", "pipeline_id", "build_branch"], issuer: null },
  circleci: {
    label: "CircleCI",
    claims: ["oidc.circleci.com/project-id", "oidc.circleci.com/vcs-ref"],
    issuer: "https://oidc.circleci.com/org/…",
  },
  kubernetes: { label: "Kubernetes", claims: ["sub"], issuer: null },
  google: { label: "Google Cloud", claims: ["sub"], issuer: null },
  azure: { label: "Azure", claims: ["tid", "oid"], issuer: "https://sts.windows.net/…/" },
};

export interface ClaimRow {
  claim: string;
  /** Values, separated by commas. */
  values: string;
  /** The values that the row began with: one that contains a comma stays whole as long as nobody edits the row. */
  former?: readonly string[];
}

export const emptyRows = (kind: TrustKind): ClaimRow[] => kinds[kind].claims.map((claim) => ({ claim, values: "" }));

export const rowsOf = ({ claims }: Trust): ClaimRow[] =>
  Object.entries(claims).map(([claim, former]) => ({ claim, values: former.join(", "), former }));

/** The claims of the rows that are filled in; rows of the same claim add up. */
export function claimsOf(rows: readonly ClaimRow[]): Record<string, string[]> {
  const claims: Record<string, string[]> = {};
  for (const { claim, values, former } of rows) {
    const listed =
      former?.join(", ") === values
        ? former
        : values
            .split(",")
            .map((value) => value.trim())
            .filter(Boolean);
    const name = claim.trim();
    if (name && listed.length > 0) claims[name] = [...(claims[name] ?? []), ...listed];
  }
  return claims;
}

/** The day of a moment in the browser's time zone, as a date field has it. */
export function dayOf(at: string): string {
  const moment = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

/** The expiry for a last day: the end of that day, or the former expiry if the day is the same; null, never, without one. */
export function expiryOn(day: string, former: string | null): string | null {
  if (!day) return null;
  return former !== null && dayOf(former) === day ? former : new Date(`${day}T23:59:59`).toISOString();
}

const admitted: Status = { label: "Admits it", tone: "good", icon: "check" };
const refused: Status = { label: "Refuses it", tone: "idle", icon: "cross" };

export const trialStatus = ({ admits }: TrustTrial): Status => (admits ? admitted : refused);

export const signatureStatus: Record<TrustTrial["signature"], Status> = {
  verified: { label: "Signature verified", tone: "good", icon: "check" },
  refused: { label: "Signature refused", tone: "bad", icon: "cross" },
  unavailable: { label: "Signature not verifiable now", tone: "warn", icon: "warning" },
  "not-checked": { label: "Signature not checked", tone: "idle", icon: "dash" },
};
