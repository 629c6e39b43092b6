import { Button, Group, Stack } from "@mantine/core";
import { serviceOrigin } from "@/api/client";
import type { IssuedReceiver } from "@/api/contract";
import { CopyLine } from "@/ui/copy-line";
import { Note } from "@/ui/note";
import { Time } from "@/ui/time";
import { inFull, stepsInFull } from "./model";
import classes from "./receivers.module.css";
import { SetupSteps } from "./setup-steps";

/** A receiver with its secret, which is shown only now, and how the registry is told of both. */
export function IssuedView({ issued, onClose }: { issued: IssuedReceiver; onClose: () => void }) {
  const origin = serviceOrigin || window.location.origin;
  return (
    <Stack gap="md">
      {issued.secret ? (
        <Note tone="warn" title="The secret is shown only now">
          <p>Stagecoach never shows it again. If it is lost, replace it by a new one.</p>
        </Note>
      ) : null}
      <CopyLine label="Address" value={inFull(issued.full_address, origin)} what="the address" />
      {issued.full_address.startsWith("/") ? <OwnAddressUnknown /> : null}
      {issued.secret ? <CopyLine label="Secret" value={issued.secret} what="the secret" /> : null}
      {issued.former_until ? (
        <p>
          The former secret counts as well, and ends <Time at={issued.former_until} />.
        </p>
      ) : null}
      <h3 className={classes.tell}>How to set it up</h3>
      <SetupSteps steps={stepsInFull(issued, origin)} />
      {issued.lacks ? <Lacks lacks={issued.lacks} weak={issued.weak} /> : null}
      <Group justify="flex-end">
        <Button onClick={onClose}>{issued.secret ? "I have kept it" : "Done"}</Button>
      </Group>
    </Stack>
  );
}

/** What the provider's proof does not protect from, said as it is. */
export function Lacks({ lacks, weak }: { lacks: string; weak: boolean }) {
  return (
    <Note tone={weak ? "warn" : "plain"} title={weak ? "A weak proof" : "What the proof leaves open"}>
      <p>{lacks}</p>
    </Note>
  );
}

export function OwnAddressUnknown() {
  return (
    <Note tone="plain">
      <p>
        That is the address as you see it. Where registries reach Stagecoach by another one, set{" "}
        <code>STAGECOACH_PUBLIC_URL</code>.
      </p>
    </Note>
  );
}
