import { Button, Group, Select } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Delivery, DeliveryFate } from "@/api/contract";
import { useAllowed } from "@/api/me";
import { itemsOf } from "@/api/pages";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Loading, Stale } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { fates, fateStatus } from "./model";
import { deliveriesQuery } from "./queries";
import classes from "./receivers.module.css";

interface DeliveriesSectionProps {
  receiver: string;
  fate: DeliveryFate | undefined;
  onFate: (fate: DeliveryFate | undefined) => void;
  onTry: (delivery: Delivery) => void;
}

/** What came, the newest first: with what became of it and why. */
export function DeliveriesSection({ receiver, fate, onFate, onTry }: DeliveriesSectionProps) {
  const query = useInfiniteQuery(deliveriesQuery(receiver, fate));
  const mayTry = useAllowed("operator");
  const columns = useMemo(() => columnsWith(mayTry ? onTry : null), [mayTry, onTry]);
  const deliveries = itemsOf(query.data);
  return (
    <Section
      title="Deliveries"
      actions={
        <Select
          aria-label="Fate"
          placeholder="Any fate"
          clearable
          w={180}
          data={fates.map((value) => ({ value, label: fateStatus[value].label }))}
          value={fate ?? null}
          onChange={(value) => onFate(value ?? undefined)}
        />
      }
    >
      {query.error ? (
        deliveries ? (
          <Stale error={query.error} updatedAt={query.dataUpdatedAt} />
        ) : (
          <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        )
      ) : null}
      {query.isPending ? <Loading what="deliveries" rows={6} /> : null}
      {deliveries?.length === 0 ? (
        <EmptyState
          title={fate ? "No delivery had this fate" : "Nothing has come yet"}
          action={
            fate ? (
              <Button variant="default" onClick={() => onFate(undefined)}>
                Show all deliveries
              </Button>
            ) : null
          }
        >
          <p>Deliveries are kept for thirty days, also those that proved nothing or could not be read.</p>
        </EmptyState>
      ) : null}
      {deliveries && deliveries.length > 0 ? (
        <DataTable label="Deliveries" columns={columns} rows={deliveries} rowKey={idOf} rowHeight={58} />
      ) : null}
      {query.hasNextPage ? (
        <Group>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show older ones
          </Button>
        </Group>
      ) : null}
    </Section>
  );
}

const idOf = ({ id }: Delivery): string => id;

function columnsWith(onTry: ((delivery: Delivery) => void) | null): Column<Delivery>[] {
  return [
    {
      key: "fate",
      header: "Fate",
      width: "9.5rem",
      cell: ({ fate, received_at: at }) => (
        <>
          <StatusBadge status={fateStatus[fate]} />
          <span className={classes.sub}>
            <Time at={at} />
          </span>
        </>
      ),
    },
    {
      key: "what",
      header: "What it reported",
      cell: (delivery) => (
        <div className={classes.delivery}>
          <div>
            <ul className={classes.images}>
              {delivery.images.map((image) => (
                <li key={image}>
                  <code>{image}</code>
                </li>
              ))}
            </ul>
            <span className={classes.sub}>{reasonOf(delivery)}</span>
          </div>
          {delivery.kept && onTry ? (
            <Button size="compact-sm" variant="default" onClick={() => onTry(delivery)}>
              Replay
            </Button>
          ) : null}
        </div>
      ),
    },
  ];
}

/** Why it had its fate; of one that reports nothing for us, what it was instead. */
const reasonOf = ({ reason, images, events }: Delivery): string | null =>
  reason ?? (images.length === 0 ? (events[0]?.reason ?? null) : null);
