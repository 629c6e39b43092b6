import { Button, Group, SegmentedControl, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import type { DeclaredKindPreview, DeclaredKindPreviewRequest, DeclaredKindPut } from "@/api/contract";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { healthStatus } from "@/ui/statuses";
import { usePreviewDeclaredKind } from "./mutations";

type Tried = DeclaredKindPreviewRequest["object"];

interface TryOutProps {
  name: string;
  declaration: DeclaredKindPut;
  disabled: boolean;
}

const nowhere = { cluster: "", namespace: "", version: "v1", name: "" };

/** Tries a declaration on an object: what it finds there, before anything is stored. */
export function TryOut({ name, declaration, disabled }: TryOutProps) {
  const preview = usePreviewDeclaredKind();
  const [from, setFrom] = useState<"live" | "pasted">("live");
  const [live, setLive] = useState(nowhere);
  const [text, setText] = useState("");
  const [unreadable, setUnreadable] = useState<string | null>(null);
  const ready = from === "live" ? Object.values(live).every((each) => each.trim() !== "") : text.trim() !== "";
  const run = async () => {
    const object = from === "live" ? live : await parsed(text);
    setUnreadable(object === null ? "This is no YAML or JSON of one object." : null);
    if (object !== null) preview.mutate({ name, request: { declaration, object } });
  };
  const field = (member: keyof typeof nowhere, label: string) => (
    <TextInput
      label={label}
      spellCheck={false}
      value={live[member]}
      onChange={(event) => setLive({ ...live, [member]: event.currentTarget.value })}
    />
  );
  return (
    <Stack gap="xs">
      <SegmentedControl
        aria-label="Object to try it on"
        data={[
          { value: "live", label: "On a cluster" },
          { value: "pasted", label: "Pasted" },
        ]}
        value={from}
        onChange={setFrom}
      />
      {from === "live" ? (
        <Group grow>
          {field("cluster", "Cluster")}
          {field("namespace", "Namespace")}
          {field("version", "Version")}
          {field("name", "Object")}
        </Group>
      ) : (
        <Textarea
          label="Object"
          description="As kubectl get … -o yaml prints it"
          autosize
          minRows={4}
          maxRows={12}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={unreadable}
        />
      )}
      <Group>
        <Button variant="default" disabled={disabled || !ready} loading={preview.isPending} onClick={() => void run()}>
          Try it
        </Button>
      </Group>
      {preview.error ? <ProblemAlert error={preview.error} /> : null}
      <div role="status">{preview.data ? <Found preview={preview.data} /> : null}</div>
    </Stack>
  );
}

/** The object that a text is; null where it is none. */
async function parsed(text: string): Promise<Tried | null> {
  const { parse } = await import("yaml");
  try {
    const found: unknown = parse(text);
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Tried) : null;
  } catch {
    return null;
  }
}

function Found({ preview }: { preview: DeclaredKindPreview }) {
  const well = preview.images.every(({ problem }) => problem === null);
  return (
    <Note tone={well ? "good" : "warn"} title={well ? "All images were found" : "Not all images were found"}>
      <ul>
        {preview.images.flatMap(({ path, found, problem }) => [
          ...found.map((each) => (
            <li key={each.path}>
              {each.path}: {each.image}
            </li>
          )),
          ...(problem === null ? [] : [<li key={`${path} problem`}>{`${path}: ${problem}`}</li>]),
        ])}
      </ul>
      <Group gap="xs">
        <StatusBadge quiet status={healthStatus[preview.health]} />
        <span>{preview.message}</span>
      </Group>
    </Note>
  );
}
