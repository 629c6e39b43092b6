import { Button, Checkbox } from "@mantine/core";
import classes from "./importing.module.css";
import type { OnlyKeys } from "./model";

interface ChosenKeysProps {
  /** All keys that the page was opened for. */
  named: OnlyKeys;
  onlyKeys: OnlyKeys;
  onChange: (onlyKeys: OnlyKeys) => void;
}

/** The keys that are brought; what else the target's objects hold stays. */
export function ChosenKeys({ named, onlyKeys, onChange }: ChosenKeysProps) {
  const toggle = (object: string, key: string, chosen: boolean) => {
    const others = (onlyKeys[object] ?? []).filter((each) => each !== key);
    onChange({ ...onlyKeys, [object]: chosen ? [...others, key] : others });
  };
  return (
    <div className={classes.tree}>
      <p className={classes.dim}>Only these keys are brought. The other keys of the target stay as they are.</p>
      {Object.entries(named)
        .filter(([object]) => object in onlyKeys)
        .map(([object, keys]) => (
          <fieldset key={object} className={classes.group}>
            <legend className={classes.legend}>
              <strong>{object.replace("/", " ")}</strong>
            </legend>
            <ul className={classes.items}>
              {keys.map((key) => (
                <li key={key}>
                  <Checkbox
                    label={<code>{key}</code>}
                    checked={onlyKeys[object]?.includes(key) ?? false}
                    onChange={(event) => toggle(object, key, event.currentTarget.checked)}
                  />
                </li>
              ))}
            </ul>
          </fieldset>
        ))}
      <div>
        <Button variant="default" size="compact-sm" onClick={() => onChange({})}>
          Bring all keys of these objects
        </Button>
      </div>
    </div>
  );
}
