import { Button } from "@mantine/core";
import { count } from "@/lib/words";
import { Note } from "@/ui/note";
import classes from "./importing.module.css";
import type { Offer } from "./model";

/** The resources that the selected ones refer to and that are not selected. */
export function OffersView({
  offers,
  onTake,
}: {
  offers: readonly Offer[];
  onTake: (keys: readonly string[]) => void;
}) {
  if (offers.length === 0) return null;
  const required = offers.filter((offer) => offer.required).length;
  return (
    <Note
      tone={required > 0 ? "warn" : "plain"}
      title={`The selected resources refer to ${count(offers.length, "other resource")}`}
    >
      <ul className={classes.offers} aria-label="Referenced resources">
        {offers.map((offer) => (
          <li key={offer.key}>
            <span className={classes.offer}>
              <span className={classes.dim}>{offer.resource.kind}</span> {offer.resource.name}
              {offer.required ? " is required" : " is optional"}
              <span className={classes.because}>{offer.reasons.join("; ")}</span>
            </span>
            <Button size="compact-xs" variant="default" onClick={() => onTake([offer.key])}>
              Add
              <span className="sc-unseen">
                {" "}
                {offer.resource.kind} {offer.resource.name}
              </span>
            </Button>
          </li>
        ))}
      </ul>
      <div>
        <Button size="compact-sm" onClick={() => onTake(offers.map(({ key }) => key))}>
          Add all {offers.length}
        </Button>
      </div>
    </Note>
  );
}
