import { Fragment } from "react";
import type { ApplicationOverview } from "@/api/contract";
import type { PushedImage } from "@/api/deploying";
import type { Bringing } from "@/connected/bring-keys";
import { CatchUps } from "@/connected/catch-ups";
import { ClosedGates } from "@/connected/closed-gates";
import { Holds } from "@/connected/holds";
import { PromotionEdgeView } from "./promotion-edge";
import { edgeBetween } from "./model";
import { MissingKeys } from "./missing-keys";
import classes from "./pipeline.module.css";
import { BlockedPush } from "./blocked-push";
import { PushedImages } from "./pushed-images";
import { EnvironmentCard } from "./environment-card";
import { StepBack } from "./step-back";

interface PipelineProps {
  application: string;
  overview: ApplicationOverview;
  selected: string | undefined;
  onSelect: (environment: string) => void;
  onPromote: (source: string, target: string) => void;
  onDeploy: (environment: string, image: PushedImage) => void;
  onPutBack: (environment: string, operation: string) => void;
  onBring: (bringing: Bringing) => void;
}

/** The pipeline: the environments in promotion order, and between two of them the edge with the images to promote. */
export function Pipeline({
  application,
  overview,
  selected,
  onSelect,
  onPromote,
  onDeploy,
  onPutBack,
  onBring,
}: PipelineProps) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable region must be reachable by keyboard
    <div className={classes.scroller} role="region" aria-label="Pipeline" tabIndex={0}>
      <ol className={classes.environments}>
        {overview.environments.map((environment, index) => {
          const next = overview.environments[index + 1];
          return (
            <Fragment key={environment.environment}>
              <li className={classes.environment}>
                <EnvironmentCard
                  number={index + 1}
                  environment={environment}
                  selected={environment.environment === selected}
                  onSelect={() => onSelect(environment.environment)}
                  pushed={
                    <>
                      <BlockedPush environment={environment} />
                      <PushedImages
                        application={application}
                        environment={environment}
                        onDeploy={(image) => onDeploy(environment.environment, image)}
                      />
                    </>
                  }
                  gates={
                    <>
                      <ClosedGates application={application} environment={environment.environment} />
                      <CatchUps application={application} environment={environment.environment} />
                    </>
                  }
                  holds={
                    environment.configured ? (
                      <Holds environment={environment.environment} application={overview.application} />
                    ) : null
                  }
                  missing={<MissingKeys application={application} environment={environment} onBring={onBring} />}
                  back={
                    <StepBack
                      application={application}
                      environment={environment}
                      onPutBack={(operation) => onPutBack(environment.environment, operation)}
                    />
                  }
                />
              </li>
              {next ? (
                <li className={classes.edge}>
                  <PromotionEdgeView
                    application={application}
                    source={environment}
                    target={next}
                    edge={edgeBetween(environment, next)}
                    onPromote={() => onPromote(environment.environment, next.environment)}
                  />
                </li>
              ) : null}
            </Fragment>
          );
        })}
      </ol>
    </div>
  );
}
