import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { Hold } from "@/api/contract";
import { holdsQuery } from "@/api/gates";
import { useRight } from "@/api/rights";
import { heldPlace, holdsOf } from "@/lib/gates";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Time } from "@/ui/time";
import classes from "./holds.module.css";
import { RightButton } from "./right-button";

// Loaded on demand: nothing else beside them needs form fields.
const HoldDialog = lazy(async () => ({ default: (await import("./hold-dialogs")).HoldDialog }));
const LiftHoldDialog = lazy(async () => ({ default: (await import("./hold-dialogs")).LiftHoldDialog }));

interface PlaceProps {
  environment: string;
  /** Null: the environment as a whole. */
  application: string | null;
}

/** The holds of a place: who, why and until when; maintainers set and lift them. */
export function Holds({ environment, application }: PlaceProps) {
  const query = useQuery(holdsQuery);
  const place = application === null ? { environment } : { application, environment };
  const mayHold = useRight("maintain", place);
  const [open, setOpen] = useState<"new" | Hold | null>(null);
  const close = () => setOpen(null);
  const holds = holdsOf(query.data ?? [], environment, application);
  const own = holds.some((hold) => hold.application === application);
  if (query.data === undefined || (holds.length === 0 && !mayHold)) return null;
  return (
    <div className={classes.holds} data-held={holds.length > 0 || undefined}>
      {holds.length > 0 ? (
        <ul className={classes.list} aria-label={`Holds of ${environment}`}>
          {holds.map((hold) => (
            <li key={hold.id}>
              <HoldLine hold={hold} />
              {/* The environment's own hold is lifted where the environment is. */}
              {mayHold && hold.application === application ? (
                <Button size="compact-sm" variant="default" onClick={() => setOpen(hold)}>
                  Lift<span className="sc-unseen"> the hold on {heldPlace(hold)}</span>
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      {own ? null : (
        <RightButton
          needs="maintain"
          at={place}
          size="compact-sm"
          variant="subtle"
          leftSection={<Icon name="pause" size={14} />}
          onClick={() => setOpen("new")}
        >
          Hold<span className="sc-unseen"> {application ? `${application} in ${environment}` : environment}</span>
        </RightButton>
      )}
      <Suspense fallback={null}>
        {open === "new" ? <HoldDialog environment={environment} application={application} onClose={close} /> : null}
        {open !== null && open !== "new" ? <LiftHoldDialog hold={open} onClose={close} /> : null}
      </Suspense>
    </div>
  );
}

function HoldLine({
  hold: { application, environment, reason, until, by, operation, created_at: at },
}: {
  hold: Hold;
}) {
  return (
    <div className={classes.line}>
      <p>
        <Icon name="pause" size={13} /> <strong>{application ? "On hold" : `${environment} is on hold`}</strong>{" "}
        {until ? (
          <>
            until it ends <Time at={until} />
          </>
        ) : (
          "until somebody lifts it"
        )}
      </p>
      <p>{reason}</p>
      <p className={classes.dim}>
        by {by.name} <Time at={at} />
        {operation ? (
          <>
            , with{" "}
            <Link to="/operations/$operation" params={{ operation }} inherit>
              a roll-back
            </Link>
          </>
        ) : null}
      </p>
    </div>
  );
}
