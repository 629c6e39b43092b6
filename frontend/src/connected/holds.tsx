import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { Hold } from "@/api/contract";
import { holdsQuery, useCreateHold, useLiftHold } from "@/api/gates";
import { asProblem } from "@/api/problem";
import { useRight } from "@/api/rights";
import { holdsOf } from "@/lib/gates";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { ProblemAlert } from "@/ui/problem-alert";
import { Time } from "@/ui/time";
import classes from "./holds.module.css";
import { RightButton } from "./right-button";

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
                  Lift<span className="sc-unseen"> the hold on {placeOf(hold)}</span>
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
      {open === "new" ? <HoldDialog environment={environment} application={application} onClose={close} /> : null}
      {open !== null && open !== "new" ? <LiftDialog hold={open} onClose={close} /> : null}
    </div>
  );
}

const placeOf = ({ application, environment }: Hold): string =>
  application ? `${application} in ${environment}` : environment;

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

function LiftDialog({ hold, onClose }: { hold: Hold; onClose: () => void }) {
  const lift = useLiftHold(hold.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Lift the hold on ${placeOf(hold)}?`}
      action="Lift the hold"
      destructive={false}
      pending={lift.isPending}
      error={lift.error}
      onConfirm={() => lift.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>Automation goes on at once: where images are deployed automatically, it brings the newest.</Text>
    </ConfirmDialog>
  );
}

function HoldDialog({ environment, application, onClose }: PlaceProps & { onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState("");
  const create = useCreateHold();
  const fault = (field: string) => (create.error ? asProblem(create.error).messageFor(field) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { environment, application, reason: reason.trim(), until: until ? new Date(until).toISOString() : null },
      { onSuccess: onClose },
    );
  };
  return (
    <Modal opened onClose={onClose} title={`Hold ${application ? `${application} in ${environment}` : environment}`}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text>
            Automation leaves {application ? `${application} in ${environment}` : `all applications in ${environment}`}{" "}
            alone. People can deploy, promote and roll back as before.
          </Text>
          <Textarea
            label="Reason"
            required
            data-autofocus
            rows={2}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={fault("reason")}
          />
          <TextInput
            type="datetime-local"
            label="Ends"
            description="By your clock; without it, when somebody lifts it"
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
            error={fault("until")}
          />
          {create.error ? <ProblemAlert error={create.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={reason.trim() === ""}>
              Set the hold
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
