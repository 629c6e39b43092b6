import { Button, Group, Stack } from "@mantine/core";
import { serviceOrigin } from "@/api/client";
import type { IssuedReceiver } from "@/api/contract";
import { CopyLine } from "@/ui/copy-line";
import { Note } from "@/ui/note";
import { Time } from "@/ui/time";
import { inFull, stepsInFull } from "./model";
import classes from "./receivers.module.css";
import { SetupSteps } from "./setup-steps";

/** A new receiver with its secret, which is shown once, and the steps that configure the registry. */
export function IssuedView({ issued, onClose }: { issued: IssuedReceiver; onClose: () => void }) {
  const origin = serviceOrigin || window.location.origin;
  return (
    <Stack gap="md">
      {issued.secret ? (
        <Note tone="warn" title="Copy the secret now">
          <p>Stagecoach does not show the secret again. If you lose it, replace it with a new one.</p>
        </Note>
      ) : null}
      <CopyLine label="Address" value={inFull(issued.full_address, origin)} what="the address" />
      {issued.full_address.startsWith("/") ? <OwnAddressUnknown /> : null}
      {issued.secret ? <CopyLine label="Secret" value={issued.secret} what="the secret" /> : null}
      {issued.former_until ? (
        <p>
          The previous secret remains valid and expires <Time at={issued.former_until} />.
        </p>
      ) : null}
      <h3 className={classes.tell}>Set up the registry</h3>
      <SetupSteps steps={stepsInFull(issued, origin)} />
      {issued.lacks ? <Lacks lacks={issued.lacks} weak={issued.weak} /> : null}
      <Group justify="flex-end">
        <Button onClick={onClose}>{issued.secret ? "I have copied it" : "Done"}</Button>
      </Group>
    </Stack>
  );
}

/** What the provider's authentication does not protect against. */
export function Lacks({ lacks, weak }: { lacks: string; weak: boolean }) {
  return (
    <Note tone={weak ? "warn" : "plain"} title={weak ? "Weak authentication" : "Limits of this authentication"}>
      <p>{lacks}</p>
    </Note>
  );
}

export function OwnAddressUnknown() {
  return (
    <Note tone="plain">
      <p>
        This address uses the host of this page. If registries reach Stagecoach under another address, set{" "}
        <code>STAGECOACH_PUBLIC_URL</code>.
      </p>
    </Note>
  );
}
