import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Receiver } from "@/api/contract";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { RightButton } from "@/connected/right-button";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { dayOf, fateOfSome, fateStatus } from "./model";
import { receiversQuery } from "./queries";
import { CreateReceiverDialog } from "./receiver-dialogs";
import classes from "./receivers.module.css";

/** The receivers: webhook addresses to which registries report pushed images. */
export function ReceiversSection() {
  const query = useQuery(receiversQuery);
  const [creating, setCreating] = useState(false);
  return (
    <Section
      title="Receivers"
      actions={
        <RightButton
          needs="maintain"
          at="somewhere"
          leftSection={<Icon name="plus" />}
          onClick={() => setCreating(true)}
        >
          New receiver
        </RightButton>
      }
    >
      <Loaded query={query} what="receivers">
        {(receivers) =>
          receivers.length === 0 ? (
            <EmptyState title="No receivers yet">
              <p>
                A receiver is a webhook address to which a registry or a CI job reports pushed images. An environment
                with automatic deployment deploys a reported image within seconds; other environments offer it.
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
          {weak ? ", weak authentication" : ""}
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

/** The last delivery and its status, and the deliveries of the last 24 hours by status. */
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
          last 24 hours: {ofDay.map((each) => `${each.amount} ${fateOfSome[each.fate]}`).join(", ")}
        </span>
      ) : null}
    </>
  );
}
