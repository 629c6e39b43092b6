import type { PushedImage } from "@/api/deploying";
import { Icon } from "@/ui/icons";
import { ChangeButton } from "./change-button";

interface DeployButtonProps {
  application: string;
  environment: string;
  image: PushedImage;
  /** Why the image cannot be deployed now. */
  blocked?: string | null;
  /** Opens the preview of its deployment. */
  onDeploy: (image: PushedImage) => void;
}

/** Opens the preview of a deployment of a pushed image. */
export function DeployButton({ application, environment, image, blocked, onDeploy }: DeployButtonProps) {
  return (
    <ChangeButton
      needs="promote"
      kind="deploy"
      application={application}
      environment={environment}
      size="compact-sm"
      leftSection={<Icon name="right" size={14} />}
      blocked={blocked}
      onClick={() => onDeploy(image)}
    >
      Deploy
      <span className="sc-unseen">
        {" "}
        {image.tag} in {environment}
      </span>
    </ChangeButton>
  );
}
