/** What image deliveries are called on all pages. */
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
