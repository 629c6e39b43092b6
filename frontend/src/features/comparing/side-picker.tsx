import { Select } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { AppEnvironment } from "@/api/contract";
import { itemsOf } from "@/api/pages";
import { releasesQuery } from "@/api/releases";
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
  const releases = itemsOf(useInfiniteQuery(releasesQuery(application, side.environment)).data) ?? [];
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
        data={[
          { value: NOW, label: "Now" },
          ...numbers.map((number) => ({ value: String(number), label: `Release ${number}` })),
        ]}
        value={side.release ? String(side.release) : NOW}
        onChange={(release) => onChange({ ...side, release: release && release !== NOW ? Number(release) : undefined })}
      />
    </fieldset>
  );
}
