import { Checkbox } from "@mantine/core";
import type { Image } from "@/api/contract";
import type { ContainerPlan } from "@/lib/images-plan";
import { listed } from "@/lib/words";
import { DirectionBadge } from "./direction";
import { Icon } from "./icons";
import classes from "./image-plan.module.css";
import { ImageRef } from "./image-ref";
import { StatusBadge } from "./status-badge";
import { actionStatus } from "./statuses";

interface ImagePlanProps {
  containers: readonly ContainerPlan<Image>[];
  /** The number of clusters in the plan: a line for all of them does not list them. */
  clusters: number;
  /** Makes the containers selectable. */
  choice?: { chosen: (key: string) => boolean; toggle: (key: string) => void };
}

/** An image plan by container: the images before and after, or no change. */
export function ImagePlan({ containers, clusters, choice }: ImagePlanProps) {
  return (
    <ul className={classes.plan} aria-label="Images by container">
      {containers.map((plan) => (
        <li key={plan.key} className={classes.container} data-unchanged={plan.same || undefined}>
          <div className={classes.name}>
            {choice ? (
              <Checkbox
                checked={!plan.same && choice.chosen(plan.key)}
                disabled={plan.same}
                onChange={() => choice.toggle(plan.key)}
                label={<ContainerName plan={plan} />}
              />
            ) : (
              <ContainerName plan={plan} />
            )}
          </div>
          <div className={classes.variants}>
            {plan.variants.map((variant, index) => (
              <div key={index} className={classes.variant}>
                {!variant.differs ? (
                  <>
                    <ImageRef image={variant.before} />
                    <StatusBadge quiet status={{ label: "No change", tone: "idle", icon: "dash" }} />
                  </>
                ) : (
                  <>
                    <span className={classes.before}>
                      <span className="sc-unseen">from </span>
                      <ImageRef image={variant.before} />
                    </span>
                    <span className={classes.after}>
                      <Icon name="right" className={classes.arrow} />
                      <span className="sc-unseen">to </span>
                      <ImageRef image={variant.after} />
                    </span>
                    <DirectionBadge direction={variant.direction} />
                    {variant.unchanged ? <StatusBadge quiet status={actionStatus.blocked} /> : null}
                  </>
                )}
                {variant.differs && variant.written_by !== null ? (
                  <span className={classes.where}>the former image was written by {variant.written_by}</span>
                ) : null}
                {variant.differs && variant.handed_over?.edits.length ? (
                  <HandedOver owner={variant.handed_over.owner.title} edits={variant.handed_over.edits} />
                ) : null}
                {variant.clusters.length < clusters || plan.variants.length > 1 ? (
                  <span className={classes.where}>on {listed(variant.clusters)}</span>
                ) : null}
              </div>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}

type Edit = NonNullable<ContainerPlan<Image>["variants"][number]["handed_over"]>["edits"][number];

/** What is changed at the owner instead of the workload. */
function HandedOver({ owner, edits }: { owner: string; edits: readonly Edit[] }) {
  return (
    <div className={classes.where}>
      through {owner}:
      <ul className={classes.edits}>
        {edits.map(({ where, before, after }) => (
          <li key={where}>
            <code>{where}</code> {before === null ? "(its default)" : <code>{before}</code>}
            <span aria-hidden="true"> → </span>
            <span className="sc-unseen">to </span>
            {after === null ? "its default" : <code>{after}</code>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function ContainerName({ plan }: { plan: ContainerPlan<Image> }) {
  return (
    <span>
      <span className={classes.workload}>
        {plan.workload.kind}/{plan.workload.name}
      </span>{" "}
      <strong>{plan.container}</strong>
      {plan.init ? <span className={classes.workload}> (init)</span> : null}
    </span>
  );
}
