import { useDeployImage, type PushedImage } from "@/api/deploying";
import { Icon } from "@/ui/icons";
import { ProblemAlert } from "@/ui/problem-alert";
import { RoleButton } from "./role-button";

interface DeployButtonProps {
  application: string;
  environment: string;
  image: PushedImage;
  /** Why the image cannot be deployed now. */
  blocked?: string | null;
  onStarted: (operation: string) => void;
}

/** Deploys a pushed image to all containers of the environment that run its repository. A failed rollout is undone. */
export function DeployButton({ application, environment, image, blocked, onStarted }: DeployButtonProps) {
  const deploy = useDeployImage(application, environment, onStarted);
  return (
    <>
      <RoleButton
        needs="operator"
        size="compact-sm"
        leftSection={<Icon name="right" size={14} />}
        loading={deploy.isPending}
        blocked={blocked}
        onClick={() => deploy.mutate(image)}
      >
        Deploy
        <span className="sc-unseen">
          {" "}
          {image.tag} in {environment}
        </span>
      </RoleButton>
      {deploy.error ? <ProblemAlert error={deploy.error} /> : null}
    </>
  );
}
