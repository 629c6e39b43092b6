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

/** Resources by kind with checkboxes; what cannot be copied is grey and says why. */
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
  // Checking a whole group never gives a consent: that is for single resources.
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
  const remark = notes.join(" ") || undefined;
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
          remark
        ) : (
          <span className={classes.reason}>
            <Icon name={selectable(item) ? "warning" : "lock"} size={12} /> {reason}
            {selectable(item) ? " Check it to copy it all the same." : null}
          </span>
        )
      }
    />
  );
}
