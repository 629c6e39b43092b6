import type { EnvironmentOverview } from "@/api/contract";
import { count } from "@/lib/words";
import { Icon } from "@/ui/icons";
import { ImageRef } from "@/ui/image-ref";
import { RoleButton } from "@/connected/role-button";
import type { Leg, Travelling } from "./model";
import classes from "./pipeline.module.css";

const SHOWN = 4;

interface LegViewProps {
  source: EnvironmentOverview;
  target: EnvironmentOverview;
  leg: Leg;
  onPromote: () => void;
}

/** The way between two stations: an arrow, and what would go along it. */
export function LegView({ source, target, leg, onPromote }: LegViewProps) {
  return (
    <div className={classes.way} data-state={leg.state}>
      <span className={classes.line} aria-hidden="true">
        <Icon name="chevron" size={14} />
      </span>
      <div className={classes.load}>{loadOf(leg, source, target, onPromote)}</div>
    </div>
  );
}

function loadOf(leg: Leg, source: EnvironmentOverview, target: EnvironmentOverview, onPromote: () => void) {
  switch (leg.state) {
    case "source-empty":
      return <span className={classes.dim}>Nothing to carry</span>;
    case "target-empty":
      return <span className={classes.dim}>Import first</span>;
    case "auto":
      return <span className={classes.dim}>{target.environment} deploys by itself</span>;
    case "level":
      return (
        <span className={classes.level}>
          <Icon name="check" size={13} /> Same images
        </span>
      );
    case "ahead":
      return (
        <>
          <span className={classes.ahead}>{count(leg.images.length, "newer image")}</span>
          <ul
            className={classes.offers}
            aria-label={`Would be promoted from ${source.environment} to ${target.environment}`}
          >
            {leg.images.slice(0, SHOWN).map((image) => (
              <Offer key={`${image.workload} ${image.container}`} image={image} />
            ))}
            {leg.images.length > SHOWN ? <li className={classes.dim}>and {leg.images.length - SHOWN} more</li> : null}
          </ul>
          <RoleButton
            needs="operator"
            size="compact-sm"
            onClick={onPromote}
            blocked={target.active_operation ? "An operation is under way there." : null}
          >
            Promote
            <span className="sc-unseen">
              {" "}
              from {source.environment} to {target.environment}
            </span>
          </RoleButton>
        </>
      );
  }
}

function Offer({ image }: { image: Travelling }) {
  return (
    <li>
      <span className={classes.offerName}>
        {image.workload === image.container ? image.container : `${image.workload}/${image.container}`}
      </span>
      <ImageRef
        image={
          image.to.tag ? { ...image.to, digest: image.to.tag === image.from?.tag ? image.to.digest : null } : image.to
        }
      />
    </li>
  );
}
