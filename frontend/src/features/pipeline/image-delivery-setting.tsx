import { Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { appEnvironmentQuery } from "@/api/applications";
import type { ImageDeliveries, ImageDeliveriesInput, ImageDelivery, WorkloadDelivery } from "@/api/contract";
import { useSetImageDeliveries } from "@/api/image-deliveries";
import { useRight } from "@/api/rights";
import { deliveryEffect, deliveryTitle } from "@/ui/image-delivery";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Loaded } from "@/ui/loaded";
import { Time } from "@/ui/time";

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
  const [asking, setAsking] = useState<Asking | null>(null);
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
        onChange={(value) => setAsking(withOwned(deliveries, value))}
        data={offered.map((value) => ({ value, label: deliveryTitle[value] }))}
      />
      <Text size="sm">
        {deliveryEffect[deliveries.owned]}
        {deliveries.set_by !== null && deliveries.set_at !== null ? (
          <>
            {" "}
            Set by {deliveries.set_by} <Time at={deliveries.set_at} />.
          </>
        ) : null}
      </Text>
      {deliveries.workloads.map((own) => (
        <Group key={nameOf(own)} gap="xs" justify="space-between">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {nameOf(own)}: {deliveryTitle[own.delivery]}
            {own.file ? ` (${own.file.path} on ${own.file.branch} of ${own.file.repository})` : ""}
          </Text>
          {mayChange ? (
            <Button size="compact-xs" variant="default" onClick={() => setAsking(withoutOwn(deliveries, own))}>
              Take back<span className="sc-unseen"> the delivery of {nameOf(own)}</span>
            </Button>
          ) : null}
        </Group>
      ))}
      <Text size="sm" c="dimmed">
        Workload owners, on this page, set it for single workloads, by a file in Git, too.
      </Text>
      {asking ? (
        <ConfirmDialog
          opened
          onClose={close}
          title={asking.title(environment)}
          action={asking.action}
          destructive={false}
          pending={set.isPending}
          error={set.error}
          onConfirm={() => set.mutate(asking.deliveries, { onSuccess: close })}
        >
          {asking.effect} It holds for promotions, deployments and rollbacks, automatic ones included.
        </ConfirmDialog>
      ) : null}
    </>
  );
}

/** A change that is asked about before it is made. */
interface Asking {
  title: (environment: string) => string;
  action: string;
  effect: string;
  deliveries: ImageDeliveriesInput;
}

const withOwned = ({ workloads }: ImageDeliveries, owned: ImageDelivery): Asking => ({
  title: (environment) => `Set the delivery in ${environment} to “${deliveryTitle[owned]}”?`,
  action: "Set the delivery",
  effect: deliveryEffect[owned],
  deliveries: { owned, workloads },
});

const withoutOwn = ({ owned, workloads }: ImageDeliveries, own: WorkloadDelivery): Asking => ({
  title: (environment) => `Take back the delivery of ${nameOf(own)} in ${environment}?`,
  action: "Take it back",
  effect: `What is set for the environment holds for it then, if Helm, Argo CD or Flux owns it: “${deliveryTitle[owned]}”. ${deliveryEffect[owned]}`,
  deliveries: { owned, workloads: workloads.filter((each) => each !== own) },
});

const nameOf = ({ workload }: WorkloadDelivery): string => `${workload.kind}/${workload.name}`;

const offered: ImageDelivery[] = ["refuse", "helm", "argocd", "flux", "as-owner", "direct"];
