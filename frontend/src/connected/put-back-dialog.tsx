import { Button, Group, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { PromotionPlan } from "@/api/contract";
import { operationQuery } from "@/api/operations";
import { itemsOf } from "@/api/pages";
import { releasesQuery } from "@/api/releases";
import { previewRollback, startRollback } from "@/api/rolling-back";
import { extent } from "@/lib/images-plan";
import { putBackLabel, putBackOf } from "@/lib/put-back";
import { count } from "@/lib/words";
import { ImageChangeDialog } from "./image-change-dialog";

interface PutBackDialogProps {
  application: string;
  environment: string;
  /** The operation to take back. */
  operation: string;
  /** Opens the rollback to the release before it, with its configuration. */
  onConfigured: (release: number) => void;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews the one step back from an operation: the containers that it changed get their former images. */
export function PutBackDialog(props: PutBackDialogProps) {
  const { application, environment, operation, onConfigured, onClose, onStarted } = props;
  return (
    <ImageChangeDialog
      title={`Put the former images back in ${environment}`}
      application={application}
      environment={environment}
      request={{ operation }}
      preview={(request, signal) => previewRollback(application, environment, request, signal)}
      start={(request, key) => startRollback(application, environment, request, key)}
      label={labelOf}
      icon="back"
      rollsBack
      scope={() => (
        <WithConfiguration
          application={application}
          environment={environment}
          operation={operation}
          onConfigured={onConfigured}
        />
      )}
      note="Exactly the containers that the operation changed get the images that they had before, on each cluster its own. All others stay as they are."
      onClose={onClose}
      onStarted={onStarted}
    />
  );
}

/** Offers the release before the operation, where it holds configuration: the one step back is of images alone. */
function WithConfiguration({
  application,
  environment,
  operation,
  onConfigured,
}: Omit<PutBackDialogProps, "onClose" | "onStarted">) {
  const { data } = useQuery({ ...operationQuery(operation), refetchInterval: false });
  const releases = itemsOf(useInfiniteQuery(releasesQuery(application, environment)).data) ?? [];
  const former = data && releases.find(({ created_at: at }) => at < data.created_at);
  if (!former?.holds_configuration) return null;
  return (
    <Group gap="xs">
      <Text size="sm">Configuration stays as it is.</Text>
      <Button variant="default" size="compact-sm" onClick={() => onConfigured(former.number)}>
        Go back to release {former.number} with its configuration
      </Button>
    </Group>
  );
}

/** `Put web 1.4.0 back on 2 clusters`. */
function labelOf(plan: PromotionPlan | undefined): string {
  if (!plan) return "Put back";
  const images = putBackOf(plan.clusters);
  if (images.length === 0) return "Put back";
  return `${putBackLabel(images)} on ${count(extent(plan.clusters, () => true).clusters, "cluster")}`;
}
