import type { ImageDelivery } from "@/api/contract";
import { RightButton } from "@/connected/right-button";
import { deliveryTitle } from "@/ui/image-delivery";
import type { OwnerGroup } from "./model";
import classes from "./ownership.module.css";

interface PossibleDeliveriesProps {
  application: string;
  environment: string;
  possible: OwnerGroup["possible"];
  onUse: (delivery: ImageDelivery) => void;
}

/** The deliveries that would work, each with the steps to get there and a button that takes the last of them. */
export function PossibleDeliveries({ application, environment, possible, onUse }: PossibleDeliveriesProps) {
  return possible.map(({ delivery, steps }) => (
    <div key={delivery} className={classes.happens}>
      <span className={classes.proposal}>
        The delivery “{deliveryTitle[delivery]}” would work:
        <RightButton
          needs="administer"
          at={{ application, environment }}
          size="compact-xs"
          variant="default"
          onClick={() => onUse(delivery)}
        >
          Use it<span className="sc-unseen">: {deliveryTitle[delivery]}</span>
        </RightButton>
      </span>
      <Steps steps={steps} />
    </div>
  ));
}

/** What a person does to get there. */
export function Steps({ steps }: { steps: readonly string[] }) {
  return (
    <ol className={classes.steps}>
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}
