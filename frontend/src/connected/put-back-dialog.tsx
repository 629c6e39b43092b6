import type { PromotionPlan } from "@/api/contract";
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
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews the one step back from an operation: the containers that it changed get their former images. */
export function PutBackDialog({ application, environment, operation, onClose, onStarted }: PutBackDialogProps) {
  return (
    <ImageChangeDialog
      title={`Put the former images back in ${environment}`}
      application={application}
      environment={environment}
      request={JSON.stringify([application, environment, operation])}
      preview={(allow, signal) => previewRollback(application, environment, { operation, allow }, signal)}
      start={(allow, digest, key, { reason }) =>
        startRollback(application, environment, { operation, allow }, digest, reason, key)
      }
      label={labelOf}
      icon="back"
      passesFreezes
      note="Exactly the containers that the operation changed get the images that they had before, on each cluster its own. All others stay as they are."
      onClose={onClose}
      onStarted={onStarted}
    />
  );
}

/** `Put web 1.4.0 back on 2 clusters`. */
function labelOf(plan: PromotionPlan | undefined): string {
  if (!plan) return "Put back";
  const images = putBackOf(plan.clusters);
  if (images.length === 0) return "Put back";
  return `${putBackLabel(images)} on ${count(extent(plan.clusters, () => true).clusters, "cluster")}`;
}
