import { Checkbox, Stack } from "@mantine/core";
import { useState } from "react";
import { ImageChangeDialog } from "@/connected/image-change-dialog";
import type { PromotionPlan } from "@/api/contract";
import { previewRollback, startRollback } from "@/api/rolling-back";
import { extent } from "@/lib/images-plan";
import { count } from "@/lib/words";
import { Note } from "@/ui/note";

interface RollBackDialogProps {
  application: string;
  environment: string;
  release: number;
  /** An operation is under way: it is stopped first. */
  underway?: boolean;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews the rollback to an earlier release, with its configuration or without, and starts it. */
export function RollBackDialog(props: RollBackDialogProps) {
  const { application, environment, release, underway = false, onClose, onStarted } = props;
  const [configuration, setConfiguration] = useState(false);
  const [restart, setRestart] = useState(false);
  const whereTo = {
    release,
    ...(configuration ? { with_configuration: true, restart } : {}),
    ...(underway ? { preempt: true } : {}),
  };
  return (
    <ImageChangeDialog
      title={`Roll ${environment} back to release ${release}`}
      application={application}
      environment={environment}
      request={JSON.stringify([application, environment, whereTo])}
      preview={(allow, signal) => previewRollback(application, environment, { ...whereTo, allow }, signal)}
      start={(allow, digest, key, { reason }) =>
        startRollback(application, environment, { ...whereTo, allow }, digest, reason, key)
      }
      label={labelOf}
      icon="back"
      passesFreezes
      scope={
        <Stack gap="xs">
          {underway ? (
            <Note tone="warn" title="An operation is running here">
              It is stopped first, and this plan is made again from what runs then.
            </Note>
          ) : null}
          <Checkbox
            label="With configuration"
            description="ConfigMaps and Secrets get the keys that they had in this release, before the images"
            checked={configuration}
            onChange={(event) => setConfiguration(event.currentTarget.checked)}
          />
          {configuration ? (
            <Checkbox
              label="Restart what reads it"
              description="Workloads that keep their image and read a changed ConfigMap or Secret"
              checked={restart}
              onChange={(event) => setRestart(event.currentTarget.checked)}
            />
          ) : null}
        </Stack>
      }
      note={
        configuration
          ? "Keys that came later are removed. Replicas and all other fields stay as they are."
          : "A rollback to a release gives all its containers their images of then. Configuration, Secrets and replicas stay as they are."
      }
      onClose={onClose}
      onStarted={onStarted}
    />
  );
}

/** `Roll back 2 images on 3 clusters`. */
function labelOf(plan: PromotionPlan | undefined): string {
  const { images, clusters } = plan ? extent(plan.clusters, () => true) : { images: 0, clusters: 0 };
  return images === 0 ? "Roll back" : `Roll back ${count(images, "image")} on ${count(clusters, "cluster")}`;
}
