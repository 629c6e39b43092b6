/** What image deliveries are called on all pages, and what each of them does. */
import type { ImageDelivery } from "@/api/contract";

export const deliveryTitle: Record<ImageDelivery, string> = {
  refuse: "Refuse",
  helm: "Helm upgrade",
  argocd: "Argo CD override",
  flux: "Flux object",
  git: "Git commit",
  "as-owner": "As the owner",
  direct: "Direct",
};

/** What happens to images, in a sentence or two. */
export const deliveryEffect: Record<ImageDelivery, string> = {
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
