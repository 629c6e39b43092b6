import type { EnvironmentOverview } from "@/api/contract";
import type { PushedImage } from "@/api/deploying";
import { listed } from "@/lib/words";
import { DirectionBadge } from "@/ui/direction";
import { DeployButton } from "@/connected/deploy-button";
import { Icon } from "@/ui/icons";
import { Time } from "@/ui/time";
import { offeredPushes } from "./model";
import classes from "./pipeline.module.css";

interface PushedImagesProps {
  application: string;
  environment: EnvironmentOverview;
  onDeploy: (image: PushedImage) => void;
}

/** The pushed images that are offered in this environment, each with a button that previews its deployment. */
export function PushedImages({ application, environment, onDeploy }: PushedImagesProps) {
  const offered = offeredPushes(environment);
  if (offered.length === 0) return null;
  return (
    <ul className={classes.pushed} aria-label={`Offered in ${environment.environment}`}>
      {offered.map(({ image, containers }) => (
        <li key={image.push}>
          <span>
            <span className={classes.pushedTag}>
              <Icon name="box" size={13} /> {image.tag} <DirectionBadge direction={image.direction} />
            </span>
            <span className={classes.dim}>
              for {listed(containers)}, pushed <Time at={image.discovered_at} />
            </span>
          </span>
          <DeployButton
            application={application}
            environment={environment.environment}
            image={image}
            blocked={environment.active_operation ? "An operation is running in this environment." : null}
            onDeploy={onDeploy}
          />
        </li>
      ))}
    </ul>
  );
}
