/** Credentials of registries and Git servers, while they are entered and as they are shown. Pure. */
import type { Credential } from "@/api/contract";
import type { Status } from "./status-badge";

export type CredentialKind = Credential["kind"];

/** What is in the fields; `secret` is a password or a token. */
export interface EnteredCredential {
  kind: CredentialKind;
  username: string;
  secret: string;
}

export const credentialWords: Record<CredentialKind, string> = {
  basic: "Name and password",
  bearer: "Token",
  anonymous: "None",
};

/** The fields for what is stored: without its secret, which is never shown. */
export function credentialLike(
  stored: { credential: CredentialKind; username: string | null } | null,
): EnteredCredential {
  return { kind: stored?.credential ?? "basic", username: stored?.username ?? "", secret: "" };
}

export function isComplete({ kind, username, secret }: EnteredCredential): boolean {
  return kind === "anonymous" || (secret !== "" && (kind === "bearer" || username.trim() !== ""));
}

export function credentialOf({ kind, username, secret }: EnteredCredential): Credential {
  switch (kind) {
    case "basic":
      return { kind, username: username.trim(), password: secret };
    case "bearer":
      return { kind, token: secret };
    case "anonymous":
      return { kind };
  }
}

/** How a server with a stored credential last answered. */
export function serverStatus({
  last_seen_at: seen,
  last_error: error,
}: {
  last_seen_at: string | null;
  last_error: string | null;
}): Status {
  if (error !== null) return { label: "Error", tone: "bad", icon: "warning" };
  return seen === null
    ? { label: "Not contacted yet", tone: "idle", icon: "question" }
    : { label: "Reachable", tone: "good", icon: "plug" };
}
