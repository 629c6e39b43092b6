import { CopyButton } from "@/ui/copy-button";
import { stepParts } from "./model";
import classes from "./receivers.module.css";

/** The steps that configure the registry, with buttons that copy values and commands. */
export function SetupSteps({ steps }: { steps: readonly string[] }) {
  return (
    <ol className={classes.steps} aria-label="Setup steps">
      {steps.map((step, index) => (
        <li key={index}>
          {stepParts(step).map((part, position) => (
            <div key={position} className={classes.stepPart}>
              {part.code ? <pre>{part.text}</pre> : <p>{part.text}</p>}
              {part.copied ? <CopyButton value={part.copied} what={`the value of step ${index + 1}`} /> : null}
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}
