import { useQuery } from "@tanstack/react-query";
import type { ClusterOwners } from "@/api/contract";
import { deliveryTitle } from "@/ui/image-delivery";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Section } from "@/ui/page";
import { FailureList } from "./failure-list";
import { GiveBack } from "./give-back";
import { isFree, ownerGroups, ownerTitle, takenFrom, unread, whatHappens, type OwnerGroup } from "./model";
import classes from "./ownership.module.css";
import { ownershipQuery } from "./queries";
import { WorkloadNames } from "./workload-names";

interface OwnersSectionProps {
  application: string;
  environment: string;
  /** Why nothing can be changed here now. */
  blocked: string | null;
}

/** Who owns the workloads of an environment, what that means for their images, and the return of what was taken from them. */
export function OwnersSection({ application, environment, blocked }: OwnersSectionProps) {
  const owners = useQuery(ownershipQuery(application, environment));
  return (
    <Section title="Workload owners">
      <Loaded query={owners} what="the owners">
        {(clusters) => (
          <>
            <GiveBack
              application={application}
              environment={environment}
              taken={takenFrom(clusters)}
              blocked={blocked}
            />
            <Unread clusters={clusters} />
            <Groups groups={ownerGroups(clusters)} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Unread({ clusters }: { clusters: readonly ClusterOwners[] }) {
  const failed = unread(clusters);
  if (failed.length === 0) return null;
  return (
    <Note tone="warn" title="The owners on some clusters are unknown">
      <FailureList failed={failed} />
    </Note>
  );
}

function Groups({ groups }: { groups: readonly OwnerGroup[] }) {
  if (groups.length === 0) return null;
  if (isFree(groups))
    return (
      <p className={classes.dim}>
        Nothing of Helm, Argo CD or Flux owns these workloads, and no field manager applies them: Stagecoach changes
        their images in its own name.
      </p>
    );
  return (
    <ul className={classes.groups} aria-label="Owners">
      {groups.map((group) => (
        <li key={group.key} className={classes.group}>
          <div className={classes.head}>
            <h3 className={classes.owner}>{ownerTitle(group)}</h3>
            {group.above.length > 0 ? (
              <span className={classes.dim}>{group.above.map((each) => `from ${each}`).join(", ")}</span>
            ) : null}
            {group.owner !== null && group.appliedBy.length > 0 ? (
              <span className={classes.dim}>applied by {group.appliedBy.join(", ")}</span>
            ) : null}
          </div>
          <p className={classes.happens}>{whatHappens(group)}</p>
          {group.unread !== null ? <p className={classes.happens}>{group.unread}</p> : null}
          {group.delivery === "refuse"
            ? group.possible.map((each) => <Possible key={each.delivery} {...each} />)
            : null}
          <WorkloadNames workloads={group.workloads} />
        </li>
      ))}
    </ul>
  );
}

/** A delivery that would work, with the steps to get there. */
function Possible({ delivery, steps }: OwnerGroup["possible"][number]) {
  return (
    <div className={classes.happens}>
      The delivery “{deliveryTitle[delivery]}” would work:
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </div>
  );
}
