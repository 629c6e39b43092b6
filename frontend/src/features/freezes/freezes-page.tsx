import { Button, SegmentedControl, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import { applicationNamesQuery } from "@/api/applications";
import type { Freeze, FreezeOccurrence } from "@/api/contract";
import { environmentsQuery } from "@/api/environments";
import { RightButton } from "@/connected/right-button";
import { useRight } from "@/api/rights";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Page, Section } from "@/ui/page";
import { midnight, monday } from "./calendar";
import { CalendarStrip } from "./calendar-strip";
import { FreezeTable } from "./freeze-table";
import classes from "./freezes.module.css";
import { useDeleteFreeze } from "./mutations";
import { freezeCalendarQuery, freezesQuery } from "./queries";
import { NextWindows } from "./next-windows";

// Loaded on demand: no other part of the page needs its form fields.
const FreezeDialog = lazy(async () => ({ default: (await import("./freeze-dialog")).FreezeDialog }));

type Open = { type: "edit"; freeze: Freeze | null } | { type: "delete"; freeze: Freeze } | null;

/** The freezes: when nothing is deployed, or only when something is; on a calendar and as a list. */
export function FreezesPage() {
  const query = useQuery(freezesQuery);
  const applications = useQuery(applicationNamesQuery);
  const environments = useQuery(environmentsQuery);
  const mayChange = useRight("administer");
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <Page
      title="Freezes"
      below="When nothing is deployed, and when only something is. Automation waits, and then brings the newest; a roll-back passes with a reason."
      actions={
        <RightButton
          needs="administer"
          leftSection={<Icon name="plus" />}
          onClick={() => setOpen({ type: "edit", freeze: null })}
        >
          New freeze
        </RightButton>
      }
    >
      <Loaded query={query} what="freezes">
        {(freezes) =>
          freezes.length === 0 ? (
            <EmptyState title="No freezes yet">
              <p>A freeze keeps deployments out of a time, such as weekends or the days before a holiday.</p>
            </EmptyState>
          ) : (
            <>
              <CalendarSection freezes={freezes} />
              <Section title="All freezes">
                <FreezeTable
                  freezes={freezes}
                  mayChange={mayChange}
                  onEdit={(freeze) => setOpen({ type: "edit", freeze })}
                  onDelete={(freeze) => setOpen({ type: "delete", freeze })}
                />
              </Section>
            </>
          )
        }
      </Loaded>
      {open?.type === "edit" ? (
        <Suspense fallback={null}>
          <FreezeDialog
            freeze={open.freeze}
            applications={applications.data ?? []}
            environments={environments.data?.map(({ name }) => name) ?? []}
            onClose={close}
          />
        </Suspense>
      ) : null}
      {open?.type === "delete" ? <DeleteFreezeDialog freeze={open.freeze} onClose={close} /> : null}
    </Page>
  );
}

const lengths = [
  { value: "14", label: "2 weeks" },
  { value: "28", label: "4 weeks" },
  { value: "56", label: "8 weeks" },
];

function CalendarSection({ freezes }: { freezes: readonly Freeze[] }) {
  const [from, setFrom] = useState(() => monday(new Date()));
  const [length, setLength] = useState("28");
  const days = Number(length);
  const query = useQuery(freezeCalendarQuery(from.toISOString(), midnight(from, days).toISOString()));
  const zones = useMemo(() => new Map(freezes.map(({ id, zone }) => [id, zone])), [freezes]);
  return (
    <Section
      title="Calendar"
      actions={
        <div className={classes.controls}>
          <Button size="compact-sm" variant="default" onClick={() => setFrom((before) => midnight(before, -7))}>
            Earlier
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setFrom(monday(new Date()))}>
            This week
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setFrom((before) => midnight(before, 7))}>
            Later
          </Button>
          <SegmentedControl size="xs" aria-label="Length" data={lengths} value={length} onChange={setLength} />
        </div>
      }
    >
      <p className={classes.legend}>
        <span>
          <span className={classes.swatch} data-effect="deny" aria-hidden="true" /> hatched: nothing is deployed
        </span>
        <span>
          <span className={classes.swatch} data-effect="allow" aria-hidden="true" /> plain: only then something is
          deployed
        </span>
        <span>A day of the strip is a day of your clock.</span>
      </p>
      <Loaded query={query} what="the calendar">
        {(occurrences: FreezeOccurrence[]) => (
          <>
            <CalendarStrip occurrences={occurrences} zones={zones} from={from} days={days} />
            <NextWindows occurrences={occurrences} zones={zones} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function DeleteFreezeDialog({ freeze, onClose }: { freeze: Freeze; onClose: () => void }) {
  const remove = useDeleteFreeze(freeze.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Delete ${freeze.name}?`}
      action={`Delete ${freeze.name}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>
        What waits for its end goes on at once: automation brings the newest images. An operation that it has paused
        waits for a person to continue it.
      </Text>
    </ConfirmDialog>
  );
}
