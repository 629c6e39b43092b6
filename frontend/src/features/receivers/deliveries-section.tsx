import { Button, Group, Select } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Delivery, DeliveryFate } from "@/api/contract";
import { useRight } from "@/api/rights";
import { itemsOf } from "@/api/pages";
import type { Place } from "@/lib/rights";
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
  /** What the receiver is for. */
  at: Place;
  fate: DeliveryFate | undefined;
  onFate: (fate: DeliveryFate | undefined) => void;
  onReplay: (delivery: Delivery) => void;
}

/** The webhook deliveries to a receiver, newest first, with status and reason. */
export function DeliveriesSection({ receiver, at, fate, onFate, onReplay }: DeliveriesSectionProps) {
  const query = useInfiniteQuery(deliveriesQuery(receiver, fate));
  const mayReplay = useRight("maintain", at);
  const columns = useMemo(() => columnsWith(mayReplay ? onReplay : null), [mayReplay, onReplay]);
  const deliveries = itemsOf(query.data);
  return (
    <Section
      title="Deliveries"
      actions={
        <Select
          aria-label="Status"
          placeholder="Any status"
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
          title={fate ? "No delivery with this status" : "No deliveries yet"}
          action={
            fate ? (
              <Button variant="default" onClick={() => onFate(undefined)}>
                Show all deliveries
              </Button>
            ) : null
          }
        >
          <p>Stagecoach keeps deliveries for thirty days, including unauthenticated and unreadable ones.</p>
        </EmptyState>
      ) : null}
      {deliveries && deliveries.length > 0 ? (
        <DataTable label="Deliveries" columns={columns} rows={deliveries} rowKey={idOf} rowHeight={58} />
      ) : null}
      {query.hasNextPage ? (
        <Group>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load older deliveries
          </Button>
        </Group>
      ) : null}
    </Section>
  );
}

const idOf = ({ id }: Delivery): string => id;

function columnsWith(onReplay: ((delivery: Delivery) => void) | null): Column<Delivery>[] {
  return [
    {
      key: "fate",
      header: "Status",
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
      header: "Reported images",
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
          {delivery.kept && onReplay ? (
            <Button size="compact-sm" variant="default" onClick={() => onReplay(delivery)}>
              Replay
            </Button>
          ) : null}
        </div>
      ),
    },
  ];
}

/** The reason for the status; for a delivery without images, the reason why its event was ignored. */
const reasonOf = ({ reason, images, events }: Delivery): string | null =>
  reason ?? (images.length === 0 ? (events[0]?.reason ?? null) : null);
