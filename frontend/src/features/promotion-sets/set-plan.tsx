import { Stack, Text } from "@mantine/core";
import type { PromotionSetPlan } from "@/api/contract";
import { PlanFindings } from "@/connected/plan-findings";
import { ChosenRemedies, type RemediesChosen } from "@/connected/remedies";
import { differingFirst, whyNothing } from "@/lib/images-plan";
import { leavesOut } from "@/lib/remedies";
import { ApplicationPart } from "@/ui/application-part";
import { CopyPlanView } from "@/ui/copy-plan";
import { Gates } from "@/ui/gates";
import { ImagePlan } from "@/ui/image-plan";
import { problemsOf } from "@/ui/plan-problems";
import { RestoredConfiguration } from "@/ui/restored-configuration";
import { gatesBefore } from "./model";

interface SetPlanViewProps {
  plan: PromotionSetPlan;
  /** What can be chosen beside the findings of an application. */
  remediesOf: (application: string) => RemediesChosen;
  /** It goes by another strategy than its environment's: what is told of that one is not true of it. */
  otherStrategy?: boolean;
}

/** The plan of a set, application by application. */
export function SetPlanView({ plan, remediesOf, otherStrategy = false }: SetPlanViewProps) {
  return (
    <Stack gap="md">
      <Gates gates={gatesBefore(plan)} />
      {plan.members.map(({ application, stage, plan: own }) => {
        const containers = differingFirst(own.clusters);
        const remedies = remediesOf(application);
        return (
          <ApplicationPart
            key={application}
            application={application}
            place={plan.order === "one-by-one" ? stage : null}
          >
            <PlanFindings
              problems={problemsOf(own).filter(({ code }) => !otherStrategy || code !== "soaks-shortened")}
              application={application}
              target={plan.target_environment}
              source={plan.source_environment}
              onRemedy={remedies.choose}
            />
            <ChosenRemedies remedies={remedies} />
            {own.bring ? <CopyPlanView plan={own.bring} /> : null}
            <RestoredConfiguration clusters={own.clusters} />
            {own.nothing_to_do ? (
              <Text size="sm">{whyNothing(own.clusters, plan.target_environment, leavesOut(remedies.chosen))}</Text>
            ) : null}
            {containers.length > 0 ? <ImagePlan containers={containers} clusters={own.clusters.length} /> : null}
          </ApplicationPart>
        );
      })}
    </Stack>
  );
}
