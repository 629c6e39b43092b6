import { ImageChangeDialog } from "@/connected/image-change-dialog";
import type { PromotionPlan } from "@/api/contract";
import { previewRollback, startRollback } from "@/api/rolling-back";
import { extent } from "@/lib/images-plan";
import { count } from "@/lib/words";

interface RollBackDialogProps {
  application: string;
  environment: string;
  release: number;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews the rollback to an earlier release and starts it. */
export function RollBackDialog({ application, environment, release, onClose, onStarted }: RollBackDialogProps) {
  return (
    <ImageChangeDialog
      title={`Roll ${environment} back to release ${release}`}
      application={application}
      environment={environment}
      request={JSON.stringify([application, environment, release])}
      preview={(allow, signal) => previewRollback(application, environment, { release, allow }, signal)}
      start={(allow, digest, key, { reason }) =>
        startRollback(application, environment, { release, allow }, digest, reason, key)
      }
      label={labelOf}
      icon="back"
      passesFreezes
      note="A rollback to a release gives all its containers their images of then. Configuration, Secrets and replicas stay as they are."
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
