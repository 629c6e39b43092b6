import { Select, Stack, Text } from "@mantine/core";
import type { PromotionPlan } from "@/api/contract";
import { PlanFindings } from "@/connected/plan-findings";
import type { RemediesChosen } from "@/connected/remedies";
import { differingFirst, whyNothing } from "@/lib/images-plan";
import { leavesOut } from "@/lib/remedies";
import { listed } from "@/lib/words";
import { CopyPlanView } from "@/ui/copy-plan";
import { Gates } from "@/ui/gates";
import { ImagePlan } from "@/ui/image-plan";
import { Note } from "@/ui/note";
import { PlanConsents } from "@/ui/plan-consents";
import { imagePlanProblems } from "@/ui/plan-problems";
import { RestoredConfiguration } from "@/ui/restored-configuration";
import {
  isDeselected,
  notPromoted,
  skewedClusters,
  unhealthyAtSource,
  type OfferedImage,
  type PromotionOptions,
} from "./model";
import { OfferedInTarget } from "./offered-in-target";
import { Unmatched } from "./unmatched";

/** What the dialog asks besides the containers. */
export type Options = Omit<PromotionOptions, "source" | "target">;

interface PromotionPlanViewProps {
  /** For all containers. */
  plan: PromotionPlan;
  /** For those that are chosen; undefined where none is. */
  judged: PromotionPlan | undefined;
  offered: readonly OfferedImage[];
  deselected: ReadonlySet<string>;
  onToggle: (key: string) => void;
  application: string;
  remedies: RemediesChosen;
  options: Options;
  onOptions: (changes: Partial<Options>) => void;
}

/** The plan for all containers to choose from, with what is found about those that are chosen. */
export function PromotionPlanView(props: PromotionPlanViewProps) {
  const { plan, judged, offered, deselected, onToggle, application, remedies, options, onOptions } = props;
  const containers = differingFirst(plan.clusters);
  const skewed = skewedClusters(plan);
  const clusters = plan.clusters.map(({ cluster }) => cluster);
  const problems = judged ? imagePlanProblems(judged) : [];
  const unhealthy = unhealthyAtSource(plan);
  return (
    <Stack gap="md">
      <Gates gates={(judged ?? plan).gates} />
      <PlanFindings
        problems={problems}
        application={application}
        target={plan.target_environment}
        source={plan.source_environment}
        onRemedy={remedies.choose}
      />
      {judged?.bring ? <CopyPlanView plan={judged.bring} /> : null}
      {judged ? <RestoredConfiguration clusters={judged.clusters} /> : null}
      <PlanConsents problems={problems} given={options.allow} onChange={(allow) => onOptions({ allow })} />
      {skewed.length > 0 || options.sourceCluster ? (
        <Select
          label="Source cluster"
          description={`The clusters of ${plan.source_environment ?? "the source"} run different images. Choose the cluster whose images to promote.`}
          placeholder="Choose a cluster"
          data={skewed.length > 0 ? skewed : [options.sourceCluster!]}
          value={options.sourceCluster}
          onChange={(sourceCluster) => onOptions({ sourceCluster })}
          clearable
        />
      ) : null}
      {plan.nothing_to_do ? (
        <Note tone={leavesOut(remedies.chosen) ? "plain" : "good"} title="Nothing to promote">
          <p>{whyNothing(plan.clusters, plan.target_environment, leavesOut(remedies.chosen))}</p>
        </Note>
      ) : null}
      {containers.some(({ downgrade }) => downgrade) ? (
        <Note tone="warn" title={`${plan.source_environment ?? "The source"} runs older images`}>
          <p>Images that are older than those of {plan.target_environment} are promoted only if you tick them.</p>
        </Note>
      ) : null}
      {unhealthy.length > 0 ? (
        <Note tone="warn" title={`Not everything is healthy in ${plan.source_environment ?? "the source"}`}>
          <p>Images of what fails there, or is still rolling out, are promoted only if you tick them.</p>
          {/* What is ticked, the findings above say. */}
          {unhealthy
            .filter(({ resource }) => isDeselected(plan, resource, deselected))
            .map(({ detail }) => (
              <p key={detail}>{detail}</p>
            ))}
        </Note>
      ) : null}
      {containers.length > 0 ? (
        <ImagePlan
          containers={containers}
          clusters={clusters.length}
          choice={{ chosen: (key) => !deselected.has(key), toggle: onToggle }}
        />
      ) : null}
      <Unmatched unmatched={plan.unmatched} />
      <OfferedInTarget images={notPromoted(plan, offered)} target={plan.target_environment} />
      <Text size="sm" c="dimmed">
        {plan.bring ? "Besides the keys that are brought first, a promotion" : "A promotion"} changes images only, on{" "}
        {listed(clusters)}. Configuration, Secrets, replicas and Ingresses of {plan.target_environment} stay as they
        are.
      </Text>
    </Stack>
  );
}
