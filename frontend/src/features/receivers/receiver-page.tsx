import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { serviceOrigin } from "@/api/client";
import type { Delivery, DeliveryFate, Receiver } from "@/api/contract";
import { CopyLine } from "@/ui/copy-line";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Page, Section } from "@/ui/page";
import { RightButton } from "@/connected/right-button";
import type { Place } from "@/lib/rights";
import { Time } from "@/ui/time";
import { DeliveriesSection } from "./deliveries-section";
import { Lacks, OwnAddressUnknown } from "./issued-receiver";
import { inFull, SECRET_PLACEHOLDER, stepsWithoutSecret } from "./model";
import { providersQuery, receiverQuery } from "./queries";
import { EditReceiverDialog, DeleteReceiverDialog, RotateSecretDialog } from "./receiver-dialogs";
import classes from "./receivers.module.css";
import { SetupSteps } from "./setup-steps";
import { TestDeliveryDialog } from "./test-dialog";

interface ReceiverPageProps {
  receiver: string;
  fate: DeliveryFate | undefined;
  onFate: (fate: DeliveryFate | undefined) => void;
  onDeleted: () => void;
}

type Open = { type: "edit" | "rotate" | "delete" } | { type: "test"; delivery: Delivery | null } | null;

/** One receiver: its deliveries, the setup of its registry, and a dialog that tests deliveries. */
export function ReceiverPage({ receiver: id, fate, onFate, onDeleted }: ReceiverPageProps) {
  const query = useQuery(receiverQuery(id));
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const receiver = query.data;
  const at = receiver ? placeOf(receiver) : "somewhere";
  return (
    <Page
      title={receiver?.name ?? "Receiver"}
      above={<Link to="/registries">Registries</Link>}
      below={receiver ? `${receiver.title}, for ${receiver.application ?? "all applications"}` : null}
      actions={
        <>
          <RightButton
            needs="maintain"
            at={at}
            variant="default"
            leftSection={<Icon name="search" />}
            onClick={() => setOpen({ type: "test", delivery: null })}
          >
            Test a payload
          </RightButton>
          <RightButton needs="maintain" at={at} variant="default" onClick={() => setOpen({ type: "edit" })}>
            Edit
          </RightButton>
          <RightButton
            needs="maintain"
            at={at}
            variant="subtle"
            color="red"
            onClick={() => setOpen({ type: "delete" })}
          >
            Delete
          </RightButton>
        </>
      }
    >
      <Loaded query={query} what="the receiver">
        {(shown) => (
          <>
            <div className={classes.detail}>
              <div className={classes.column}>
                <DeliveriesSection
                  receiver={shown.id}
                  at={placeOf(shown)}
                  fate={fate}
                  onFate={onFate}
                  onReplay={(delivery) => setOpen({ type: "test", delivery })}
                />
              </div>
              <aside className={classes.column} aria-label={`Setup of ${shown.name}`}>
                <SetUp receiver={shown} onRotate={() => setOpen({ type: "rotate" })} />
              </aside>
            </div>
            {open?.type === "edit" ? <EditReceiverDialog receiver={shown} onClose={close} /> : null}
            {open?.type === "rotate" ? <RotateSecretDialog receiver={shown} onClose={close} /> : null}
            {open?.type === "delete" ? (
              <DeleteReceiverDialog receiver={shown} onClose={close} onDeleted={onDeleted} />
            ) : null}
            {open?.type === "test" ? (
              <TestDeliveryDialog receiver={shown} delivery={open.delivery} onClose={close} />
            ) : null}
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Whoever maintains the application everywhere changes its receivers; that of all takes it on all. */
const placeOf = ({ application }: Receiver): Place => ({ application: application ?? undefined });

function SetUp({ receiver, onRotate }: { receiver: Receiver; onRotate: () => void }) {
  const providers = useQuery(providersQuery);
  const provider = providers.data?.find((each) => each.provider === receiver.provider);
  const address = inFull(receiver.address, serviceOrigin || window.location.origin);
  return (
    <>
      <Section title="Address and secret">
        <div className={classes.card}>
          <CopyLine label="Address" value={address} what="the address" />
          {receiver.address.startsWith("/") ? <OwnAddressUnknown /> : null}
          {receiver.former_until ? (
            <p>
              The previous secret remains valid and expires <Time at={receiver.former_until} />.
            </p>
          ) : null}
          {provider?.needs_secret ? (
            <Group>
              <RightButton
                needs="maintain"
                at={placeOf(receiver)}
                size="compact-sm"
                variant="default"
                leftSection={<Icon name="key" size={14} />}
                onClick={onRotate}
              >
                Replace secret
              </RightButton>
            </Group>
          ) : null}
          {provider ? <p className={classes.dim}>{provider.proof.sentence}</p> : null}
          {receiver.lacks ? <Lacks lacks={receiver.lacks} weak={receiver.weak} /> : null}
        </div>
      </Section>
      {provider ? (
        <Section title="Set up the registry">
          <div className={classes.card}>
            {provider.needs_secret ? (
              <p className={classes.dim}>
                Replace <code>{SECRET_PLACEHOLDER}</code> with the receiver's secret, which was shown when it was
                created.
              </p>
            ) : null}
            <SetupSteps steps={stepsWithoutSecret(provider, address)} />
          </div>
        </Section>
      ) : null}
    </>
  );
}
