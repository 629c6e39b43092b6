import { Stack, Text } from "@mantine/core";
import type { PromotionSetPlan } from "@/api/contract";
import { differingFirst } from "@/lib/images-plan";
import { Gates } from "@/ui/gates";
import { ImagePlan } from "@/ui/image-plan";
import { imagePlanProblems, PlanProblems } from "@/ui/plan-problems";
import classes from "./promotion-sets.module.css";

/** The plan of a set, application by application. */
export function SetPlanView({ plan }: { plan: PromotionSetPlan }) {
  return (
    <Stack gap="md">
      <Gates gates={plan.members[0]?.plan.gates ?? []} />
      {plan.members.map(({ application, stage, plan: own }) => {
        const containers = differingFirst(own.clusters);
        return (
          <section key={application} className={classes.member} aria-label={application}>
            <h3 className={classes.memberName}>
              {plan.order === "one-by-one" ? `${stage + 1}. ` : ""}
              {application}
            </h3>
            <PlanProblems problems={imagePlanProblems(own)} />
            {own.nothing_to_do ? <Text size="sm">{plan.target_environment} already runs these images.</Text> : null}
            {containers.length > 0 ? <ImagePlan containers={containers} clusters={own.clusters.length} /> : null}
          </section>
        );
      })}
    </Stack>
  );
}
