import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { appEnvironmentQuery } from "@/api/applications";
import type { ClusterOwners, ImageDeliveries, Resource, WorkloadOverview } from "@/api/contract";
import { RightButton } from "@/connected/right-button";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Section } from "@/ui/page";
import type { Choice } from "./delivery-dialog";
import { FailureList } from "./failure-list";
import type { NamedWorkload } from "./git-file";
import { GiveBack } from "./give-back";
import {
  deliveryWords,
  isSame,
  ownerGroups,
  ownerTitle,
  takenFrom,
  unread,
  whatHappens,
  type OwnerGroup,
} from "./model";
import classes from "./ownership.module.css";
import { PossibleDeliveries } from "./possible-deliveries";
import { ownershipQuery } from "./queries";
import { WorkloadNames } from "./workload-names";

// Only some ever open it, and it brings the form for a file.
const DeliveryDialog = lazy(async () => ({ default: (await import("./delivery-dialog")).DeliveryDialog }));

interface OwnersSectionProps {
  application: string;
  environment: string;
  clusters: readonly string[];
  /** The images that the workloads run. */
  workloads: readonly WorkloadOverview[];
  /** Why nothing can be changed here now. */
  blocked: string | null;
}

/** Who owns the workloads of an environment, what that means for their images, and the return of what was taken from them. */
export function OwnersSection({ blocked, ...here }: OwnersSectionProps) {
  const { application, environment } = here;
  const owners = useQuery(ownershipQuery(application, environment));
  const settings = useQuery(appEnvironmentQuery(application, environment));
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
            <Loaded query={settings} what="the delivery">
              {({ image_deliveries }) => <Groups {...here} owners={clusters} deliveries={image_deliveries} />}
            </Loaded>
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

interface GroupsProps extends Omit<OwnersSectionProps, "blocked"> {
  owners: readonly ClusterOwners[];
  deliveries: ImageDeliveries;
}

/** What is open: the dialog for a group, with what is chosen in it at first. */
interface Open {
  group: OwnerGroup;
  begin: Choice;
}

function Groups({ application, environment, clusters, workloads, owners, deliveries }: GroupsProps) {
  const [open, setOpen] = useState<Open | null>(null);
  const groups = ownerGroups(owners, deliveries);
  if (groups.length === 0) return null;
  return (
    <>
      <ul className={classes.groups} aria-label="Owners">
        {groups.map((group) => (
          <li key={group.key} className={classes.group}>
            <Owner group={group} />
            <p className={classes.happens}>
              {deliveryWords(group)}
              {whatHappens(group)}
            </p>
            {group.unread !== null ? <p className={classes.happens}>{group.unread}</p> : null}
            {group.delivery === "refuse" ? (
              <PossibleDeliveries
                application={application}
                environment={environment}
                possible={group.possible}
                onUse={(begin) => setOpen({ group, begin })}
              />
            ) : null}
            <WorkloadNames workloads={group.workloads} />
            <div>
              <RightButton
                needs="administer"
                at={{ application, environment }}
                size="compact-sm"
                variant="default"
                onClick={() => setOpen({ group, begin: group.own?.delivery ?? "environment" })}
              >
                Set the delivery<span className="sc-unseen"> of {ownerTitle(group)}</span>
              </RightButton>
            </div>
          </li>
        ))}
      </ul>
      {open ? (
        <Suspense fallback={null}>
          <DeliveryDialog
            application={application}
            environment={environment}
            clusters={clusters}
            deliveries={deliveries}
            {...open}
            workloads={open.group.workloads.map(({ resource }) => running(resource, workloads))}
            onClose={() => setOpen(null)}
          />
        </Suspense>
      ) : null}
    </>
  );
}

/** The owner, with what owns it in turn. */
function Owner({ group }: { group: OwnerGroup }) {
  return (
    <div className={classes.head}>
      <h3 className={classes.owner}>{ownerTitle(group)}</h3>
      {group.above.length > 0 ? (
        <span className={classes.dim}>{group.above.map((each) => `from ${each}`).join(", ")}</span>
      ) : null}
      {group.owner !== null && group.appliedBy.length > 0 ? (
        <span className={classes.dim}>applied by {group.appliedBy.join(", ")}</span>
      ) : null}
    </div>
  );
}

/** The workload with the images that it runs; none are known of a kind that the overview does not have. */
function running(resource: Resource, workloads: readonly WorkloadOverview[]): NamedWorkload {
  const found = workloads.find((each) => isSame(each.resource, resource));
  return { resource, containers: found?.containers ?? [] };
}
