import { Note } from "@/ui/note";
import { count } from "@/lib/words";
import classes from "./configuring.module.css";
import type { YamlError } from "./documents";

/** The errors in the YAML as a list, in addition to the marks in the editor. */
export function YamlErrors({ errors }: { errors: readonly YamlError[] }) {
  return (
    <div role="status">
      {errors.length > 0 ? (
        <Note tone="bad" title={count(errors.length, "error")}>
          <ul className={classes.errors}>
            {errors.map((error, index) => (
              <li key={index}>
                {error.line ? <strong>Line {error.line}: </strong> : null}
                {error.message}
              </li>
            ))}
          </ul>
        </Note>
      ) : null}
    </div>
  );
}
