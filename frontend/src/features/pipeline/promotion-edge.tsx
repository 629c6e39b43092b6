import type { EnvironmentOverview } from "@/api/contract";
import { Icon } from "@/ui/icons";
import { DirectionBadge } from "@/ui/direction";
import { ImageRef } from "@/ui/image-ref";
import { ChangeButton } from "@/connected/change-button";
import { aheadLabel, type PromotionEdge, type PromotableImage } from "./model";
import classes from "./pipeline.module.css";

const SHOWN = 4;

interface PromotionEdgeViewProps {
  application: string;
  source: EnvironmentOverview;
  target: EnvironmentOverview;
  edge: PromotionEdge;
  onPromote: () => void;
}

/** The edge between two environments of the pipeline: an arrow, and the images that a promotion would bring. */
export function PromotionEdgeView({ application, source, target, edge, onPromote }: PromotionEdgeViewProps) {
  return (
    <div className={classes.edgeBody} data-state={edge.state}>
      <span className={classes.arrow} aria-hidden="true">
        <Icon name="chevron" size={14} />
      </span>
      <div className={classes.edgeDetail}>{detailOf(application, edge, source, target, onPromote)}</div>
    </div>
  );
}

function detailOf(
  application: string,
  edge: PromotionEdge,
  source: EnvironmentOverview,
  target: EnvironmentOverview,
  onPromote: () => void,
) {
  switch (edge.state) {
    case "source-unconfigured":
      return <span className={classes.dim}>Nothing to promote</span>;
    case "target-unconfigured":
      return <span className={classes.dim}>Not configured</span>;
    case "auto":
      return <span className={classes.dim}>{target.environment} deploys automatically</span>;
    case "in-sync":
      return (
        <span className={classes.inSync}>
          <Icon name="check" size={13} /> Same images
        </span>
      );
    case "ahead":
      return (
        <>
          <span className={classes.ahead}>{aheadLabel(edge.images)}</span>
          <ul
            className={classes.offers}
            aria-label={`Images to promote from ${source.environment} to ${target.environment}`}
          >
            {edge.images.slice(0, SHOWN).map((image) => (
              <Offer key={`${image.workload} ${image.container}`} image={image} />
            ))}
            {edge.images.length > SHOWN ? <li className={classes.dim}>and {edge.images.length - SHOWN} more</li> : null}
          </ul>
          <ChangeButton
            needs="promote"
            kind="promotion"
            application={application}
            environment={target.environment}
            size="compact-sm"
            variant={edge.images.every(({ direction }) => direction === "downgrade") ? "default" : "filled"}
            onClick={onPromote}
            blocked={target.active_operation ? "An operation is running in the target." : null}
          >
            Promote
            <span className="sc-unseen">
              {" "}
              from {source.environment} to {target.environment}
            </span>
          </ChangeButton>
        </>
      );
  }
}

function Offer({ image }: { image: PromotableImage }) {
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
      <DirectionBadge direction={image.direction} />
    </li>
  );
}
