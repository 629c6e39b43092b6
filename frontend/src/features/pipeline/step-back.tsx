import type { EnvironmentOverview } from "@/api/contract";
import { PutBackButton } from "@/connected/put-back-button";
import { isStillRun, offersStepBack } from "./model";
import classes from "./pipeline.module.css";

interface StepBackProps {
  application: string;
  environment: EnvironmentOverview;
  onPutBack: (operation: string) => void;
}

/** The one step back from the last operation of an environment, while the images that it brought still run. */
export function StepBack({ application, environment, onPutBack }: StepBackProps) {
  const last = environment.last_operation;
  if (!last || !offersStepBack(environment)) return null;
  return (
    <div className={classes.back}>
      <PutBackButton
        operation={last.id}
        application={application}
        environment={environment.environment}
        quiet={environment.health !== "failed" && last.state === "succeeded"}
        stands={(image) => isStillRun(environment, image)}
        onPutBack={onPutBack}
      />
    </div>
  );
}
