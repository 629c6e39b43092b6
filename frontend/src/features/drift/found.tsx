import type { Divergence, FoundField } from "@/api/contract";
import { ImageRef } from "@/ui/image-ref";
import { Time } from "@/ui/time";
import classes from "./drift.module.css";
import { byWriter, fieldName, type WrittenFields } from "./fields";

const FEW = 6; // fields of one object on a cluster are shown at once

/** What there is instead of what was released, cluster by cluster. Of fields, no value: releases keep fingerprints. */
export function Found({ divergence: { found, fields } }: { divergence: Divergence }) {
  return (
    <ul className={classes.found}>
      {found.map(({ cluster, image, expected, manager }) => (
        <li key={cluster}>
          <span className={classes.cluster}>{cluster}</span> <ImageRef image={image} />
          {expected ? (
            <>
              {" "}
              instead of <ImageRef image={expected} />
            </>
          ) : null}
          {manager ? <span className={classes.sub}>written by {manager}</span> : null}
        </li>
      ))}
      {fields.map(({ cluster, fields: here }) => (
        <li key={cluster}>
          <span className={classes.cluster}>{cluster}</span> <Fields fields={here.slice(0, FEW)} />
          {here.length > FEW ? (
            <details>
              <summary className={classes.sub}>and {here.length - FEW} more</summary>
              <Fields fields={here.slice(FEW)} />
            </details>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

/** Fields by who wrote them and when. */
export function Fields({ fields }: { fields: readonly FoundField[] }) {
  return (
    <>
      {byWriter(fields).map((group) => (
        <Written key={`${group.manager} ${group.writtenAt}`} {...group} />
      ))}
    </>
  );
}

function Written({ manager, writtenAt, fields }: WrittenFields) {
  return (
    <>
      {fields.map((field, index) => (
        <span key={field.path}>
          {index > 0 ? ", " : null}
          <FieldName field={field} />
        </span>
      ))}
      {manager || writtenAt ? (
        <span className={classes.sub}>
          {manager ? `written by ${manager} ` : "written "}
          {writtenAt ? <Time at={writtenAt} /> : null}
        </span>
      ) : null}
    </>
  );
}

function FieldName({ field }: { field: FoundField }) {
  const name = fieldName(field);
  if (name === null) return <>the object is gone</>;
  return (
    <>
      <code className={classes.field}>{name}</code> {field.removed ? "removed" : "changed"}
    </>
  );
}
