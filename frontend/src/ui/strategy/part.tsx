import { ActionIcon } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon, type IconName } from "@/ui/icons";
import classes from "./strategy.module.css";

interface PartProps {
  /** Its name for screen readers: `Ring 1`, `Check smoke`. */
  name: string;
  title: ReactNode;
  /** What is wrong with it. */
  faults: readonly string[];
  onRemove: () => void;
  /** Moves it by that many places; without it, its place means nothing. */
  onMove?: ((by: -1 | 1) => void) | undefined;
  first?: boolean;
  last?: boolean;
  children: ReactNode;
}

/** A part of a strategy in a frame: a ring, a check or a hook. */
export function Part({ name, title, faults, onRemove, onMove, first = false, last = false, children }: PartProps) {
  return (
    <li>
      <fieldset className={classes.part} aria-label={name}>
        <div className={classes.head}>
          <span className={classes.title}>{title}</span>
          {onMove ? (
            <>
              <PartButton label={`Move ${name} up`} icon="up" disabled={first} onClick={() => onMove(-1)} />
              <PartButton label={`Move ${name} down`} icon="down" disabled={last} onClick={() => onMove(1)} />
            </>
          ) : null}
          <PartButton label={`Remove ${name}`} icon="cross" onClick={onRemove} />
        </div>
        {children}
        {faults.map((fault) => (
          <p key={fault} className={classes.fault} role="alert">
            {fault}
          </p>
        ))}
      </fieldset>
    </li>
  );
}

interface PartButtonProps {
  label: string;
  icon: IconName;
  disabled?: boolean;
  onClick: () => void;
}

function PartButton({ label, icon, disabled = false, onClick }: PartButtonProps) {
  // `disabled` would drop the keyboard focus at an end of the list.
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      aria-disabled={disabled || undefined}
      data-disabled={disabled || undefined}
      onClick={() => !disabled && onClick()}
    >
      <Icon name={icon} />
    </ActionIcon>
  );
}
