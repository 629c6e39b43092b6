import { SegmentedControl, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { appEnvironmentQuery } from "@/api/applications";
import type { ImageDeliveries, ImageDelivery } from "@/api/contract";
import { useRight } from "@/api/rights";
import { deliveryTitle } from "@/ui/image-delivery";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Loaded } from "@/ui/loaded";
import { Time } from "@/ui/time";
import { useSetImageDeliveries } from "./mutations";

interface ImageDeliverySettingProps {
  application: string;
  environment: string;
  /** The id of what labels the choice. */
  labelledBy: string;
}

/** How new images reach workloads that a delivery tool owns, who set it, and the workloads that have another way. */
export function ImageDeliverySetting(props: ImageDeliverySettingProps) {
  const query = useQuery(appEnvironmentQuery(props.application, props.environment));
  return (
    <Loaded query={query} what="the delivery">
      {({ image_deliveries }) => <Choice {...props} deliveries={image_deliveries} />}
    </Loaded>
  );
}

function Choice({
  application,
  environment,
  labelledBy,
  deliveries,
}: ImageDeliverySettingProps & { deliveries: ImageDeliveries }) {
  const set = useSetImageDeliveries(application, environment);
  const mayChange = useRight("administer", { application, environment });
  const [asking, setAsking] = useState<ImageDelivery | null>(null);
  const close = () => {
    set.reset();
    setAsking(null);
  };
  return (
    <>
      <SegmentedControl
        fullWidth
        // One below the other: in a row they are wider than the card.
        orientation="vertical"
        aria-labelledby={labelledBy}
        disabled={!mayChange || set.isPending}
        value={deliveries.owned}
        onChange={(value) => setAsking(value)}
        data={offered.map((value) => ({ value, label: deliveryTitle[value] }))}
      />
      <Text size="sm">
        {consequence[deliveries.owned]}
        {deliveries.set_by !== null && deliveries.set_at !== null ? (
          <>
            {" "}
            Set by {deliveries.set_by} <Time at={deliveries.set_at} />.
          </>
        ) : null}
      </Text>
      {deliveries.workloads.map(({ workload, delivery, file }) => (
        <Text size="sm" key={`${workload.kind}/${workload.name}`}>
          {workload.kind}/{workload.name}: {deliveryTitle[delivery]}
          {file ? ` (${file.path} on ${file.branch} of ${file.repository})` : ""}. {consequence[delivery]}
        </Text>
      ))}
      {asking ? (
        <ConfirmDialog
          opened
          onClose={close}
          title={`Set the delivery in ${environment} to “${deliveryTitle[asking]}”?`}
          action="Set the delivery"
          destructive={false}
          pending={set.isPending}
          error={set.error}
          onConfirm={() => set.mutate({ owned: asking, workloads: deliveries.workloads }, { onSuccess: close })}
        >
          {consequence[asking]} It holds for promotions, deployments and rollbacks, automatic ones included.
        </ConfirmDialog>
      ) : null}
    </>
  );
}

const offered: ImageDelivery[] = ["refuse", "helm", "argocd", "flux", "as-owner", "direct"];

const consequence: Record<ImageDelivery, string> = {
  refuse:
    "An operation changes images of what Helm, Argo CD or Flux owns only if it carries a consent, because their next upgrade or sync brings their own images back.",
  "as-owner":
    "Images of what Helm, Argo CD or Flux owns are written in the owner's name, until its next upgrade or sync brings its own images back.",
  helm: "The Helm release of a workload is upgraded with the values that name its images. The plan shows them; where it finds none, or something belongs to no Helm release, it is blocked and says why.",
  argocd:
    "The application of Argo CD that delivers a workload gets an override for its images, and is synced. The plan shows it; where the application's owner has not agreed, or something belongs to no application, it is blocked and says why.",
  flux: "The HelmRelease or Kustomization of Flux that delivers a workload is changed for its images, and reconciled. The plan shows it; where Git would take it back, or something belongs to no such object, it is blocked and says why.",
  git: "A commit to a file of a Git repository brings new images, and whoever delivers from there applies them.",
  direct: "Images are written in the name of Stagecoach. Where somebody else has the image, the plan is blocked.",
};
