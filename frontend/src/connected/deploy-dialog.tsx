import type { PromotionPlan } from "@/api/contract";
import { previewDeploy, startDeploy } from "@/api/deploying";
import { extent } from "@/lib/images-plan";
import { count } from "@/lib/words";
import { ImageChangeDialog } from "./image-change-dialog";

interface DeployDialogProps {
  application: string;
  environment: string;
  /** The reference to deploy. */
  image: string;
  onClose: () => void;
  onStarted: (operation: string) => void;
  onProposed: (proposal: string) => void;
}

/** Previews the deployment of a pushed image to the containers that run its repository, and starts it. */
export function DeployDialog(props: DeployDialogProps) {
  const { application, environment, image, onClose, onStarted, onProposed } = props;
  return (
    <ImageChangeDialog
      title={`Deploy ${shortName(image)} in ${environment}`}
      application={application}
      environment={environment}
      request={{ image }}
      preview={(request, signal) => previewDeploy(application, environment, request, signal)}
      start={(request, key) => startDeploy(application, environment, request, key)}
      proposal={{ change: (deploy) => ({ application, environment, deploy }), onProposed }}
      label={labelOf}
      icon="right"
      note="A deployment changes images only, besides keys that are brought first."
      onClose={onClose}
      onStarted={onStarted}
    />
  );
}

/** `web:1.5.0` of `registry.example/shop/web:1.5.0@sha256:…`. */
const shortName = (image: string): string => image.split("@")[0]!.split("/").at(-1)!;

/** `Deploy to 2 containers on 3 clusters`. */
function labelOf(plan: PromotionPlan | undefined): string {
  const { images, clusters } = plan ? extent(plan.clusters, () => true) : { images: 0, clusters: 0 };
  return images === 0 ? "Deploy" : `Deploy to ${count(images, "container")} on ${count(clusters, "cluster")}`;
}
