import { Checkbox, Stack } from "@mantine/core";
import { useState } from "react";
import { ImageChangeDialog } from "@/connected/image-change-dialog";
import type { PromotionPlan, RollbackRequest } from "@/api/contract";
import { useLack } from "@/api/rights";
import { previewRollback, startRollback } from "@/api/rolling-back";
import { extent } from "@/lib/images-plan";
import { count } from "@/lib/words";
import { Note } from "@/ui/note";
import { RestoredObjects } from "./restored-objects";
import { allObjects, objectsIn, toggled, type ObjectChoice } from "./restoring";

interface RollBackDialogProps {
  application: string;
  environment: string;
  release: number;
  /** Offers the configuration of the release from the start. */
  configured?: boolean;
  /** An operation is under way: it is stopped first. */
  underway?: boolean;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews the rollback to an earlier release, with its configuration, a part of it or none, and starts it. */
export function RollBackDialog(props: RollBackDialogProps) {
  const { application, environment, release, configured = false, underway = false, onClose, onStarted } = props;
  const [configuration, setConfiguration] = useState(configured);
  const [objects, setObjects] = useState<ObjectChoice>(allObjects);
  const [restart, setRestart] = useState(false);
  const lack = useLack("maintain", { application, environment });
  const request: RollbackRequest = {
    release,
    ...(configuration && lack === null ? { with_configuration: true, restart } : {}),
    ...(configuration && lack === null && objects.left.length > 0 ? { objects: objects.kept } : {}),
    ...(underway ? { preempt: true } : {}),
  };
  return (
    <ImageChangeDialog
      title={`Roll ${environment} back to release ${release}`}
      application={application}
      environment={environment}
      request={request}
      preview={(asked, signal) => previewRollback(application, environment, asked, signal)}
      start={(asked, key) => startRollback(application, environment, asked, key)}
      label={labelOf}
      icon="back"
      rollsBack
      onRemedy={(remedy, choose) => (remedy.code === "restart" ? setRestart(true) : choose(remedy))}
      scope={(plan) => (
        <Stack gap="xs">
          {underway ? (
            <Note tone="warn" title="An operation is running here">
              It is stopped first, and this plan is made again from what runs then. If it is part of a promotion set,
              all of the set is stopped, and all its applications go back.
            </Note>
          ) : null}
          <Checkbox
            label="With configuration"
            description={lack ?? "ConfigMaps and Secrets get the keys that they had in this release, before the images"}
            disabled={lack !== null}
            checked={configuration && lack === null}
            onChange={(event) => setConfiguration(event.currentTarget.checked)}
          />
          {configuration && lack === null ? (
            <>
              <RestoredObjects
                objects={objectsIn(plan, objects)}
                left={objects.left}
                onToggle={(resource) => setObjects(toggled(plan, objects, resource))}
              />
              <Checkbox
                label="Restart what reads it"
                description="Workloads that keep their image and read a changed ConfigMap or Secret"
                checked={restart}
                onChange={(event) => setRestart(event.currentTarget.checked)}
              />
            </>
          ) : null}
        </Stack>
      )}
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
