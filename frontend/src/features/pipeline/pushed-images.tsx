import type { EnvironmentOverview } from "@/api/contract";
import { listed } from "@/lib/words";
import { DeployButton } from "@/connected/deploy-button";
import { Icon } from "@/ui/icons";
import { Time } from "@/ui/time";
import { pushedTo } from "./model";
import classes from "./pipeline.module.css";

interface PushedImagesProps {
  application: string;
  environment: EnvironmentOverview;
  onStarted: (operation: string) => void;
}

/** What registries reported, and waits here for somebody: a click away from being deployed. */
export function PushedImages({ application, environment, onStarted }: PushedImagesProps) {
  const waiting = pushedTo(environment);
  if (waiting.length === 0) return null;
  return (
    <ul className={classes.pushed} aria-label={`Offered in ${environment.environment}`}>
      {waiting.map(({ image, containers }) => (
        <li key={image.push}>
          <span>
            <span className={classes.pushedTag}>
              <Icon name="box" size={13} /> {image.tag}
            </span>
            <span className={classes.dim}>
              for {listed(containers)}, pushed <Time at={image.discovered_at} />
            </span>
          </span>
          <DeployButton
            application={application}
            environment={environment.environment}
            image={image}
            blocked={environment.active_operation ? "An operation is under way there." : null}
            onStarted={onStarted}
          />
        </li>
      ))}
    </ul>
  );
}
