import { Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { StopCreate } from "@/api/contract";
import { useCreateStop } from "@/api/gates";
import { asProblem } from "@/api/problem";
import { useRight } from "@/api/rights";
import { rightToStop, stoppedBy } from "@/lib/gates";
import { Icon } from "@/ui/icons";
import { ProblemAlert } from "@/ui/problem-alert";
import { RightButton } from "./right-button";
import classes from "./stops.module.css";

interface StopControlProps {
  /** What the page is about. */
  kind: "environment" | "cluster";
  names: readonly string[];
}

const EVERYTHING = " everything";

/** The emergency stop, apart from the page's other controls: of everything, or of one environment or cluster. */
export function StopControl({ kind, names }: StopControlProps) {
  const mayStopAll = useRight("administer");
  const [chosen, setChosen] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const target = chosen ?? names[0] ?? EVERYTHING;
  const named = target === EVERYTHING ? null : target;
  const scope = {
    environment: kind === "environment" ? named : null,
    cluster: kind === "cluster" ? named : null,
  };
  const [right, where] = rightToStop(scope);
  return (
    <section className={classes.control} aria-labelledby="emergency-stop">
      <div>
        <h2 id="emergency-stop" className={classes.title}>
          <Icon name="stop" size={18} /> Emergency stop
        </h2>
        <p className={classes.text}>
          Nothing more is written to clusters, within a second and also in the middle of operations: they pause.
          Workloads keep running as they are.
        </p>
      </div>
      <Group align="flex-end" gap="sm">
        <Select
          label="What to stop"
          w={280}
          maw="100%"
          allowDeselect={false}
          data={[
            ...names.map((name) => ({ value: name, label: `The ${kind} ${name}` })),
            { value: EVERYTHING, label: "Everything, on all clusters", disabled: !mayStopAll },
          ]}
          value={target}
          onChange={setChosen}
        />
        <RightButton
          needs={right}
          at={where}
          color="red"
          leftSection={<Icon name="stop" />}
          onClick={() => setAsking(true)}
        >
          Stop {stoppedBy(scope)}
        </RightButton>
      </Group>
      {asking ? <StopDialog scope={scope} onClose={() => setAsking(false)} /> : null}
    </section>
  );
}

interface StopDialogProps {
  scope: { environment: string | null; cluster: string | null };
  onClose: () => void;
}

/** Asks for a reason, and for the name of what is stopped: nobody stops production by a slip. */
function StopDialog({ scope, onClose }: StopDialogProps) {
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const stop = useCreateStop();
  const name = scope.environment ?? scope.cluster ?? "everything";
  const fault = stop.error ? asProblem(stop.error).messageFor("reason") : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const request: StopCreate = { ...scope, reason: reason.trim() };
    stop.mutate(request, { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} title={`Stop ${stoppedBy(scope)}?`}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text>
            Operations pause before their next write, and stay paused when the stop is lifted: a person then continues,
            undoes or cancels each. Everybody sees who has stopped what, and why.
          </Text>
          <Textarea
            label="Reason"
            required
            data-autofocus
            rows={2}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={fault}
          />
          <TextInput
            label={`Type ${name} to confirm`}
            required
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {stop.error ? <ProblemAlert error={stop.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              color="red"
              loading={stop.isPending}
              disabled={!reason.trim() || typed.trim() !== name}
            >
              Stop now
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
