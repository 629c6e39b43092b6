import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { count, listed } from "@/lib/words";
import { DiffView } from "@/ui/diff-view";
import { Note } from "@/ui/note";
import type { FileDraft, NamedWorkload } from "./git-file";
import { asked, byPath, changedLines, type Answered, type Asked } from "./git-preview";
import { usePreviewGitFile } from "./mutations";
import classes from "./ownership.module.css";

interface GitFilePreviewProps {
  draft: FileDraft;
  workloads: readonly NamedWorkload[];
  /** What the form still lacks. */
  lack: string | null;
}

/** The lines that a new image would change, read from the head of the branch. What was asked of another state of the form is not shown. */
export function GitFilePreview({ draft, workloads, lack }: GitFilePreviewProps) {
  const [tag, setTag] = useState("");
  const preview = usePreviewGitFile(draft.repository);
  const images = lack === null ? asked(draft, workloads, tag.trim()) : [];
  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <TextInput
          label="Tag to try"
          description="Shows which lines a new image changes; writes nothing"
          placeholder="1.5.0"
          spellCheck={false}
          value={tag}
          onChange={(event) => setTag(event.currentTarget.value)}
        />
        <Button
          variant="default"
          loading={preview.isPending}
          disabled={images.length === 0 || tag.trim() === ""}
          onClick={() => preview.mutate(images)}
        >
          Show the lines
        </Button>
      </Group>
      <div role="status">
        {preview.data && isSame(preview.variables, images)
          ? byPath(preview.data).map((file) => <FileLines key={file.path} {...file} />)
          : null}
      </div>
    </Stack>
  );
}

const isSame = (one: readonly Asked[], other: readonly Asked[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

function FileLines({ path, clusters, answers }: ReturnType<typeof byPath>[number]) {
  return (
    <section aria-label={path} className={classes.file}>
      <p className={classes.happens}>
        <code>{path}</code> <span className={classes.dim}>for {listed(clusters)}</span>
      </p>
      {answers.map((answer) => (
        <Answer key={`${answer.workload} ${answer.container}`} {...answer} />
      ))}
    </section>
  );
}

function Answer({ workload, container, edit, error }: Answered) {
  const who = `${container} of ${workload}`;
  if (edit === null)
    return (
      <Note tone="bad" title={who}>
        <p>{asProblem(error).detail}</p>
      </Note>
    );
  if (edit.lines.length === 0)
    return (
      <Note tone="warn" title={who}>
        <p>The file names this image already, so nothing would change.</p>
      </Note>
    );
  return (
    <>
      <p className={classes.happens}>
        {who}: {count(edit.lines.length, "line")} in {edit.commit.slice(0, 12)}
      </p>
      <DiffView changes={changedLines(edit)} />
    </>
  );
}
