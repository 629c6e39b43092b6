import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AppEnvironment, Release } from "@/api/contract";
import { allReleasesQuery } from "@/api/releases";
import { exactTime } from "@/lib/time";
import classes from "./comparing.module.css";
import type { PickedSide } from "./model";

interface SidePickerProps {
  application: string;
  label: "Left" | "Right";
  environments: readonly AppEnvironment[];
  side: PickedSide;
  onChange: (side: PickedSide) => void;
}

const NOW = "now";
const ALL = "all clusters";

/** An environment, one of its clusters or all of them, and what there is now or what a release brought. */
export function SidePicker({ application, label, environments, side, onChange }: SidePickerProps) {
  // Not before somebody looks for one: an environment may have hundreds.
  const [looked, setLooked] = useState(false);
  const { data: releases = [] } = useQuery({ ...allReleasesQuery(application, side.environment), enabled: looked });
  const clusters = environments.find(({ environment }) => environment === side.environment)?.clusters ?? [];
  const numbers = [...new Set([...(side.release ? [side.release] : []), ...releases.map(({ number }) => number)])];
  return (
    <fieldset className={classes.side}>
      <legend className={classes.legend}>{label}</legend>
      <Select
        label={`Environment, ${label.toLowerCase()}`}
        allowDeselect={false}
        data={environments.map(({ environment }) => environment)}
        value={side.environment}
        onChange={(environment) => environment && onChange({ environment })}
      />
      <Select
        label={`Clusters, ${label.toLowerCase()}`}
        allowDeselect={false}
        data={[ALL, ...clusters]}
        value={side.cluster ?? ALL}
        onChange={(cluster) => onChange({ ...side, cluster: cluster && cluster !== ALL ? cluster : undefined })}
      />
      <Select
        label={`State, ${label.toLowerCase()}`}
        allowDeselect={false}
        searchable
        onDropdownOpen={() => setLooked(true)}
        data={[
          { value: NOW, label: "Now" },
          ...numbers.map((number) => ({ value: String(number), label: labelOf(number, releases) })),
        ]}
        value={side.release ? String(side.release) : NOW}
        onChange={(release) => onChange({ ...side, release: release && release !== NOW ? Number(release) : undefined })}
      />
    </fieldset>
  );
}

/** `Release 12, 23 Nov 2026, 12:00`: what somebody who looks for one knows of it. */
function labelOf(number: number, releases: readonly Release[]): string {
  const found = releases.find((each) => each.number === number);
  return found ? `Release ${number}, ${exactTime(new Date(found.created_at))}` : `Release ${number}`;
}
