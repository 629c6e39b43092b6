import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { appEnvironmentQuery } from "@/api/applications";
import type { StoredConsent } from "@/api/contract";
import { RightButton } from "@/connected/right-button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Loaded } from "@/ui/loaded";
import { Time } from "@/ui/time";
import { useStoredConsent } from "./mutations";

const CONSENT: StoredConsent["consent"] = "owned-until-next-upgrade";

interface OwnedImagesSettingProps {
  application: string;
  environment: string;
}

/** Whether images of workloads that a delivery tool owns are changed here without being asked each time, and who allowed it. */
export function OwnedImagesSetting({ application, environment }: OwnedImagesSettingProps) {
  const query = useQuery(appEnvironmentQuery(application, environment));
  return (
    <Loaded query={query} what="the stored consent">
      {({ consents }) => (
        <Consent
          application={application}
          environment={environment}
          stored={consents.find(({ consent }) => consent === CONSENT)}
        />
      )}
    </Loaded>
  );
}

function Consent({
  application,
  environment,
  stored,
}: OwnedImagesSettingProps & { stored: StoredConsent | undefined }) {
  const store = useStoredConsent(application, environment, CONSENT);
  const [asking, setAsking] = useState<"store" | "withdraw" | null>(null);
  const close = () => {
    store.reset();
    setAsking(null);
  };
  return (
    <>
      {stored ? (
        <Text size="sm">
          Every operation changes their images, automatic ones included, until their next upgrade or sync brings their
          own images back. Consent given by {stored.given_by} <Time at={stored.given_at} />.
        </Text>
      ) : (
        <Text size="sm">
          An operation changes their images only if it carries a consent, because their next upgrade or sync brings
          their own images back.
        </Text>
      )}
      <div>
        <RightButton
          needs="administer"
          at={{ application, environment }}
          size="compact-sm"
          variant="default"
          onClick={() => setAsking(stored ? "withdraw" : "store")}
        >
          {stored ? "Withdraw consent" : "Store consent"}
        </RightButton>
      </div>
      {asking ? (
        <ConfirmDialog
          opened
          onClose={close}
          title={words[asking].title(environment)}
          action={words[asking].action}
          destructive={asking === "withdraw"}
          pending={store.isPending}
          error={store.error}
          onConfirm={() => store.mutate(asking === "store", { onSuccess: close })}
        >
          {words[asking].consequence(environment)}
        </ConfirmDialog>
      ) : null}
    </>
  );
}

const words = {
  store: {
    title: (environment: string) => `Store the consent for ${environment}?`,
    action: "Store consent",
    consequence: (environment: string) =>
      `Promotions, deployments and rollbacks in ${environment}, automatic ones included, then change the images of workloads that belong to Helm, Argo CD or Flux, until the owner's next upgrade or sync brings its own images back.`,
  },
  withdraw: {
    title: (environment: string) => `Withdraw the consent for ${environment}?`,
    action: "Withdraw consent",
    consequence: (environment: string) =>
      `Operations in ${environment} that change images of workloads of Helm, Argo CD or Flux are blocked again unless they carry the consent themselves; automatic deployments carry none. Images that were changed stay as they are.`,
  },
} as const;
