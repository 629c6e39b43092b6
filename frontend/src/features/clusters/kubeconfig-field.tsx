import { Button, FileButton, Group, Text } from "@mantine/core";
import { useId, useState, type DragEvent } from "react";
import { readTextFile } from "@/lib/file-drop";
import classes from "./clusters.module.css";
import { lineCount, type KubeconfigRefusal } from "./model";

const LIMIT = 262_144;

interface KubeconfigFieldProps {
  value: string;
  onChange: (text: string) => void;
  /** Why the service refused the kubeconfig. */
  refusals: readonly KubeconfigRefusal[];
}

/** A field for a pasted, chosen or dropped kubeconfig. It marks the lines that the service refused and shows the reasons. */
export function KubeconfigField({ value, onChange, refusals }: KubeconfigFieldProps) {
  const id = useId();
  const [over, setOver] = useState(false);
  const [unread, setUnread] = useState<string | null>(null);

  const take = async (file: File | null | undefined) => {
    if (!file) return;
    const read = await readTextFile(file, LIMIT);
    if ("refused" in read) setUnread(read.refused);
    else {
      setUnread(null);
      onChange(read.text);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  };
  const isWrong = unread !== null || refusals.length > 0;
  const wrongLines = new Set(refusals.map(({ line }) => line));

  return (
    // Dropping is a shortcut for the button and the field inside.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Group justify="space-between" mb={4}>
        <Text component="label" htmlFor={id} size="sm" fw={500}>
          Kubeconfig
        </Text>
        <FileButton onChange={(file) => void take(file)} accept=".yaml,.yml,.conf,.kubeconfig,text/*">
          {(props) => (
            <Button {...props} size="compact-xs" variant="default">
              Choose a file
            </Button>
          )}
        </FileButton>
      </Group>
      <div className={classes.editor}>
        <div className={classes.lines} aria-hidden="true">
          {Array.from({ length: lineCount(value) }, (_, index) => (
            <span key={index} data-wrong={wrongLines.has(index + 1) || undefined}>
              {index + 1}
            </span>
          ))}
        </div>
        <textarea
          id={id}
          spellCheck={false}
          autoComplete="off"
          rows={Math.max(8, lineCount(value))}
          placeholder="Paste a kubeconfig, or drop the file here"
          value={value}
          aria-invalid={isWrong || undefined}
          aria-describedby={`${id}-help`}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </div>
      <Text
        id={`${id}-help`}
        component="div"
        size="xs"
        c={isWrong ? "red" : "dimmed"}
        mt={4}
        role={isWrong ? "alert" : undefined}
      >
        {isWrong
          ? (unread ?? <Refusals refusals={refusals} />)
          : "Stagecoach uses the current context, and stores nothing else of the file. It must be self-contained: no exec commands, file paths or proxies. It is stored encrypted and never shown."}
      </Text>
    </div>
  );
}

function Refusals({ refusals }: { refusals: readonly KubeconfigRefusal[] }) {
  return (
    <ul className={classes.refusals}>
      {refusals.map(({ line, field, reason }, index) => (
        <li key={index}>
          {line === null ? null : `Line ${line}: `}
          {field ? <code>{field}</code> : null} {reason}
        </li>
      ))}
    </ul>
  );
}
