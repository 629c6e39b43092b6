import { ActionIcon } from "@mantine/core";
import { useState, type DragEvent } from "react";
import type { ApprovalPolicy, Environment } from "@/api/contract";
import { Holds } from "@/connected/holds";
import { useRight } from "@/api/rights";
import { count } from "@/lib/words";
import { Icon, type IconName } from "@/ui/icons";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { reachabilityStatus } from "@/ui/statuses";
import { strategySummary } from "@/ui/strategy/words";
import { policyWords } from "./approvals";
import classes from "./environments.module.css";
import { moved } from "./model";
import { useOrderEnvironments } from "./mutations";

interface OrderedEnvironmentsProps {
  environments: readonly Environment[];
  /** What changes take in an environment; null where they take no approval, or while it is unknown. */
  policyOf: (environment: Environment) => ApprovalPolicy | null;
  /** Not before the policies are known. */
  onApprovals: ((environment: Environment) => void) | undefined;
  onEdit: (environment: Environment) => void;
  onStrategy: (environment: Environment) => void;
  onNamespaces: (environment: Environment) => void;
  onLevel: (environment: Environment) => void;
  onDelete: (environment: Environment) => void;
}

/** The list of environments, ordered by dragging a row or by its arrows. Screen readers announce each move. */
export function OrderedEnvironments(props: OrderedEnvironmentsProps) {
  const { policyOf, onApprovals, onEdit, onStrategy, onNamespaces, onLevel, onDelete } = props;
  const mayOrder = useRight("administer");
  const order = useOrderEnvironments();
  // The new order is shown at once, and the former one again if the service refuses it.
  const environments = order.isPending ? order.variables : props.environments;
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [announcement, setAnnouncement] = useState("");

  const move = (from: number, to: number) => {
    if (from === to || !environments[to]) return;
    order.mutate(moved(environments, from, to));
    setAnnouncement(`${environments[from]!.name} is now number ${to + 1} of ${environments.length}.`);
  };
  const drop = (event: DragEvent, to: number) => {
    event.preventDefault();
    if (dragged !== null) move(dragged, to);
    setDragged(null);
    setOver(null);
  };

  return (
    <>
      {order.error ? <ProblemAlert error={order.error} /> : null}
      <p className="sc-unseen" role="status">
        {announcement}
      </p>
      <ol className={classes.list}>
        {environments.map((environment, index) => (
          // Dragging is a shortcut for the two arrows inside.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
          <li
            key={environment.id}
            className={classes.row}
            draggable={mayOrder}
            data-dragged={dragged === index || undefined}
            data-over={
              over === index && dragged !== index
                ? dragged !== null && dragged < index
                  ? "below"
                  : "above"
                : undefined
            }
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = "move";
              setDragged(index);
            }}
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              setOver(index);
            }}
            onDragEnd={() => {
              setDragged(null);
              setOver(null);
            }}
            onDrop={(event) => drop(event, index)}
          >
            <EnvironmentRow
              environment={environment}
              policy={policyOf(environment)}
              index={index}
              last={index === environments.length - 1}
              mayChange={mayOrder}
              onMove={(to) => move(index, to)}
              onEdit={() => onEdit(environment)}
              onStrategy={() => onStrategy(environment)}
              onApprovals={onApprovals && (() => onApprovals(environment))}
              onNamespaces={() => onNamespaces(environment)}
              onLevel={() => onLevel(environment)}
              onDelete={() => onDelete(environment)}
            />
          </li>
        ))}
      </ol>
    </>
  );
}

interface EnvironmentRowProps {
  environment: Environment;
  policy: ApprovalPolicy | null;
  index: number;
  last: boolean;
  mayChange: boolean;
  onMove: (to: number) => void;
  onEdit: () => void;
  onStrategy: () => void;
  onApprovals: (() => void) | undefined;
  onNamespaces: () => void;
  onLevel: () => void;
  onDelete: () => void;
}

function EnvironmentRow(props: EnvironmentRowProps) {
  const { environment, policy, index, last, mayChange, onMove } = props;
  const { onEdit, onStrategy, onApprovals, onNamespaces, onLevel, onDelete } = props;
  const { name } = environment;
  return (
    <>
      <span className={classes.grip} data-able={mayChange || undefined} aria-hidden="true">
        <Icon name="grip" />
      </span>
      <span className={classes.rank} aria-hidden="true">
        {index + 1}
      </span>
      <div className={classes.about}>
        <h2 className={classes.name}>{name}</h2>
        <p className={classes.details}>
          <span>{count(environment.clusters.length, "cluster")}</span>
          <span>{environment.deploy_mode === "auto" ? "deploys automatically" : "deploys manually"}</span>
          <span>
            namespace{" "}
            {environment.default_namespace ? <code>{environment.default_namespace}</code> : "set by each application"}
          </span>
          <span>promotes {environment.pin === "digest" ? "tag and digest" : "the tag only"}</span>
          {policy ? <span>takes {policyWords(policy)}</span> : null}
          {environment.releases_keep_secrets ? <span>releases keep the values of Secrets</span> : null}
        </p>
        {environment.strategy ? (
          <p className={classes.details}>
            <span>{strategySummary(environment.strategy)}</span>
          </p>
        ) : null}
        <div className={classes.holds}>
          <Holds environment={name} application={null} />
        </div>
      </div>
      <ul className={classes.clusters} aria-label={`Clusters of ${name}`}>
        {environment.clusters.map((cluster, position) => (
          <li key={cluster.name}>
            <span className={classes.cluster}>{cluster.name}</span>
            {position === 0 && environment.clusters.length > 1 ? (
              <span className={classes.primary}>primary</span>
            ) : null}
            <StatusBadge quiet status={reachabilityStatus[cluster.reachability]} />
          </li>
        ))}
      </ul>
      {mayChange ? (
        <div className={classes.actions}>
          <RowButton label={`Move ${name} up`} icon="up" disabled={index === 0} onClick={() => onMove(index - 1)} />
          <RowButton label={`Move ${name} down`} icon="down" disabled={last} onClick={() => onMove(index + 1)} />
          <RowButton label={`Edit ${name}`} icon="pencil" onClick={onEdit} />
          <RowButton label={`Strategy of ${name}`} icon="stages" onClick={onStrategy} />
          <RowButton
            label={`Approvals in ${name}`}
            icon="hand"
            disabled={onApprovals === undefined}
            onClick={() => onApprovals?.()}
          />
          <RowButton label={`Given namespaces of ${name}`} icon="box" onClick={onNamespaces} />
          {environment.clusters.length > 1 ? (
            <RowButton label={`Bring a cluster of ${name} level`} icon="copy" onClick={onLevel} />
          ) : null}
          <RowButton label={`Remove ${name}`} icon="cross" onClick={onDelete} />
        </div>
      ) : null}
    </>
  );
}

interface RowButtonProps {
  label: string;
  icon: IconName;
  disabled?: boolean;
  onClick: () => void;
}

function RowButton({ label, icon, disabled = false, onClick }: RowButtonProps) {
  // `disabled` would drop the keyboard focus when an environment reaches an end of the list.
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={32}
      aria-label={label}
      aria-disabled={disabled || undefined}
      data-disabled={disabled || undefined}
      onClick={() => !disabled && onClick()}
    >
      <Icon name={icon} />
    </ActionIcon>
  );
}
