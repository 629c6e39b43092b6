/** Where in the console a problem of a plan is mended that its request cannot mend. Pure. */

export type MendedAt =
  "drift" | "import" | "delivery" | "owners" | "registries" | "environments" | "restart" | "source";

const places: Readonly<Record<string, MendedAt>> = {
  drifted: "drift",
  "workload-missing": "import",
  owned: "delivery",
  "owned-until-next-upgrade": "delivery",
  "delivery-refused": "delivery",
  "delivery-not-of-owner": "delivery",
  "direct-takes-from-others": "delivery",
  "owner-not-found": "delivery",
  "owner-not-authorized": "delivery",
  "owner-rights-missing": "delivery",
  "owner-delivers-elsewhere": "delivery",
  "owner-images-differ": "delivery",
  "workload-not-of-owner": "delivery",
  "fields-taken": "owners",
  "owners-disagree": "owners",
  "applied-in-anothers-name": "owners",
  "image-written-by-others": "owners",
  "image-not-in-registry": "environments",
  "image-not-copyable": "registries",
  "registry-unread": "registries",
  "tag-moved": "restart",
  "source-pods-differ": "source",
  "source-pods-kept": "source",
  "digest-ambiguous": "source",
};

// What an owner does not agree to, or cannot do: another image delivery is the other way.
const ofOwners = /^(helm|argocd|flux|git)-/;

/** The place where a problem with this code is mended; undefined where that is outside of the console, or nowhere. */
export const mendedAt = (code: string): MendedAt | undefined =>
  places[code] ?? (ofOwners.test(code) ? "delivery" : undefined);
