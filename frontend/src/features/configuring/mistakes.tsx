import { Note } from "@/ui/note";
import { count } from "@/lib/words";
import classes from "./configuring.module.css";
import type { Mistake } from "./documents";

/** What is wrong with the YAML, in words, beside the marks in the editor. */
export function Mistakes({ mistakes }: { mistakes: readonly Mistake[] }) {
  return (
    <div role="status">
      {mistakes.length > 0 ? (
        <Note tone="bad" title={count(mistakes.length, "mistake")}>
          <ul className={classes.mistakes}>
            {mistakes.map((mistake, index) => (
              <li key={index}>
                {mistake.line ? <strong>Line {mistake.line}: </strong> : null}
                {mistake.message}
              </li>
            ))}
          </ul>
        </Note>
      ) : null}
    </div>
  );
}
