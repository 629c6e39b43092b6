import { Button, Checkbox } from "@mantine/core";
import type { ReactNode } from "react";
import type { ComparedValue, Difference } from "@/api/contract";
import { shortPath } from "@/lib/field-paths";
import { Icon } from "@/ui/icons";
import classes from "./comparing.module.css";
import { missingKey, proposalWords, valueClusters, valueText } from "./model";

interface DifferenceRowProps {
  difference: Difference;
  titles: { left: string; right: string };
  /** Whether the key that a side lacks is among those to bring; null where it cannot be brought. */
  brought: boolean | null;
  onBring: (id: string, brought: boolean) => void;
  action: ReactNode;
}

/** One difference: what it is about, and what each side has, side by side where there is room. */
export function DifferenceRow({ difference, titles, brought, onBring, action }: DifferenceRowProps) {
  const { resource, path, kind, proposed } = difference;
  const missing = missingKey(difference);
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <span>
          <span className={classes.dim}>{resource.kind}</span> {resource.name}
        </span>
        {path ? <code className={classes.path}>{shortPath(path)}</code> : null}
        {kind === "order" ? <span className={classes.dim}>in another order</span> : null}
        {proposed ? <span className={classes.proposed}>{proposalWords[proposed]}</span> : null}
        <span className={classes.act}>{action}</span>
      </div>
      <div className={classes.sides}>
        <SideValues name={titles.left} values={difference.left} difference={difference} />
        <SideValues name={titles.right} values={difference.right} difference={difference} />
      </div>
      {missing && brought !== null ? (
        <Checkbox
          size="xs"
          label={
            <>
              Bring it to {missing.direction === "to-right" ? titles.right : titles.left}
              <span className="sc-unseen">: {missing.name}</span>
            </>
          }
          checked={brought}
          onChange={(event) => onBring(missing.id, event.currentTarget.checked)}
        />
      ) : null}
    </li>
  );
}

interface SideValuesProps {
  name: string;
  values: readonly ComparedValue[];
  difference: Difference;
}

function SideValues({ name, values, difference }: SideValuesProps) {
  return (
    <div className={classes.values}>
      <span className="sc-unseen">{name}: </span>
      {values.map((each) => {
        const on = valueClusters(values, each);
        return (
          <div key={each.clusters.join(" ")} className={classes.value} data-absent={!each.present || undefined}>
            {on ? <span className={classes.on}>{on}</span> : null}
            <Shown value={each} difference={difference} />
          </div>
        );
      })}
    </div>
  );
}

/** A value; of a Secret, and of what the user may not see, only whether it is there and whether it is the same. */
function Shown({ value, difference }: { value: ComparedValue; difference: Difference }) {
  if (!value.present) return <span className={classes.dim}>missing</span>;
  if (difference.path === "") return <span>present</span>;
  if (difference.hidden)
    return (
      <span className={classes.hidden}>
        <Icon name="lock" size={13} /> {difference.kind === "differs" ? "a different value" : "a value"}
      </span>
    );
  return <pre className={classes.text}>{valueText(value.value)}</pre>;
}

/** The button beside a difference. */
export function MarkButton({
  label,
  about,
  pending,
  onClick,
}: {
  label: string;
  about: Difference;
  pending: boolean;
  onClick: () => void;
}) {
  return (
    <Button size="compact-xs" variant="default" loading={pending} onClick={onClick}>
      {label}
      <span className="sc-unseen">
        : {about.resource.kind} {about.resource.name} {about.path}
      </span>
    </Button>
  );
}
