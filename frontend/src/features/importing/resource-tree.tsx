import { Checkbox } from "@mantine/core";
import type { SourceResource } from "@/api/contract";
import { resourceKey } from "@/lib/copy-plan";
import { count } from "@/lib/words";
import { Icon } from "@/ui/icons";
import classes from "./importing.module.css";
import { grouped, selectable, type ResourceGroup } from "./model";

interface ResourceTreeProps {
  items: readonly SourceResource[];
  chosen: ReadonlySet<string>;
  onChange: (keys: readonly string[], checked: boolean) => void;
}

/** The resources by kind, with checkboxes. A resource that cannot be copied is disabled and shows the reason. */
export function ResourceTree({ items, chosen, onChange }: ResourceTreeProps) {
  return (
    <div className={classes.tree}>
      {grouped(items).map((group) => (
        <GroupView key={group.title} group={group} chosen={chosen} onChange={onChange} />
      ))}
    </div>
  );
}

function GroupView({
  group,
  chosen,
  onChange,
}: { group: ResourceGroup } & Pick<ResourceTreeProps, "chosen" | "onChange">) {
  // Selecting a whole group never gives a consent: the user gives it by selecting the single resource.
  const possible = group.items.filter(({ copyable }) => copyable).map(({ resource }) => resourceKey(resource));
  const all = group.items.map(({ resource }) => resourceKey(resource));
  const taken = group.items.filter(({ resource }) => chosen.has(resourceKey(resource))).length;
  return (
    <fieldset className={classes.group}>
      <legend className={classes.legend}>
        <Checkbox
          checked={possible.length > 0 && taken >= possible.length}
          indeterminate={taken > 0 && taken < possible.length}
          disabled={possible.length === 0}
          onChange={(event) => onChange(event.currentTarget.checked ? possible : all, event.currentTarget.checked)}
          label={
            <>
              <strong>{group.title}</strong>{" "}
              <span className={classes.dim}>
                {taken} of {count(group.items.length, "resource")}
              </span>
            </>
          }
        />
      </legend>
      <ul className={classes.items}>
        {group.items.map((item) => (
          <li key={resourceKey(item.resource)}>
            <ItemView item={item} checked={chosen.has(resourceKey(item.resource))} onChange={onChange} />
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function ItemView({
  item,
  checked,
  onChange,
}: {
  item: SourceResource;
  checked: boolean;
  onChange: ResourceTreeProps["onChange"];
}) {
  const { resource, copyable, reason, notes } = item;
  const noteText = notes.join(" ") || undefined;
  return (
    <Checkbox
      checked={checked}
      disabled={!selectable(item)}
      onChange={(event) => onChange([resourceKey(resource)], event.currentTarget.checked)}
      label={
        <>
          <span className={classes.dim}>{resource.kind}</span> {resource.name}
        </>
      }
      description={
        copyable ? (
          noteText
        ) : (
          <span className={classes.reason}>
            <Icon name={selectable(item) ? "warning" : "lock"} size={12} /> {reason}
            {selectable(item) ? " Select it to copy it anyway." : null}
          </span>
        )
      }
    />
  );
}
