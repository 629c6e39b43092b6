import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Receiver } from "@/api/contract";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { RoleButton } from "@/connected/role-button";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { dayOf, fateOfSome, fateStatus } from "./model";
import { receiversQuery } from "./queries";
import { CreateReceiverDialog } from "./receiver-dialogs";
import classes from "./receivers.module.css";

/** The addresses at which registries report pushed images. */
export function ReceiversSection() {
  const query = useQuery(receiversQuery);
  const [creating, setCreating] = useState(false);
  return (
    <Section
      title="Receivers"
      actions={
        <RoleButton needs="admin" leftSection={<Icon name="plus" />} onClick={() => setCreating(true)}>
          New receiver
        </RoleButton>
      }
    >
      <Loaded query={query} what="receivers">
        {(receivers) =>
          receivers.length === 0 ? (
            <EmptyState title="No registry reports yet">
              <p>
                A receiver is an address of its own at which a registry or a CI job says that an image was pushed. Where
                an environment rolls out at once, the image is there within seconds; elsewhere it is offered.
              </p>
            </EmptyState>
          ) : (
            <DataTable label="Receivers" columns={columns} rows={receivers} rowKey={idOf} rowHeight={58} />
          )
        }
      </Loaded>
      {creating ? <CreateReceiverDialog onClose={() => setCreating(false)} /> : null}
    </Section>
  );
}

const idOf = ({ id }: Receiver): string => id;

const columns: Column<Receiver>[] = [
  {
    key: "name",
    header: "Receiver",
    cell: ({ id, name, title, weak }) => (
      <>
        <Link to="/registries/$receiver" params={{ receiver: id }}>
          {name}
        </Link>
        <span className={classes.sub}>
          {title}
          {weak ? ", weak proof" : ""}
        </span>
      </>
    ),
  },
  {
    key: "application",
    header: "For",
    wideOnly: true,
    cell: ({ application }) => application ?? "all applications",
  },
  {
    key: "deliveries",
    header: "Deliveries",
    cell: (receiver) => <Deliveries receiver={receiver} />,
  },
];

/** When the last one came and what became of it, and what became of those of a day. */
function Deliveries({ receiver }: { receiver: Receiver }) {
  const { last_delivery_at: last, last_delivery_fate: fate } = receiver;
  const ofDay = dayOf(receiver);
  if (last === null) return <span className={classes.dim}>none yet</span>;
  return (
    <>
      <span className={classes.fates}>
        <span>
          last <Time at={last} />
        </span>
        {fate ? <StatusBadge quiet status={fateStatus[fate]} /> : null}
      </span>
      {ofDay.length > 0 ? (
        <span className={classes.sub}>
          within a day: {ofDay.map((each) => `${each.amount} ${fateOfSome[each.fate]}`).join(", ")}
        </span>
      ) : null}
    </>
  );
}
