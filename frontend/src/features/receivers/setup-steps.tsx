import { CopyButton } from "@/ui/copy-button";
import { stepParts } from "./model";
import classes from "./receivers.module.css";

/** How the registry is told, one step after the other; what is to be entered or run is ready to be copied. */
export function SetupSteps({ steps }: { steps: readonly string[] }) {
  return (
    <ol className={classes.steps} aria-label="Set the registry up">
      {steps.map((step, index) => (
        <li key={index}>
          {stepParts(step).map((part, position) => (
            <div key={position} className={classes.stepPart}>
              {part.code ? <pre>{part.text}</pre> : <p>{part.text}</p>}
              {part.copied ? <CopyButton value={part.copied} what={`what step ${index + 1} needs`} /> : null}
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}
