import { TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ContainerPreview, PolicyRuleInput } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { Loading } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { StatusBadge, type Status } from "@/ui/status-badge";
import classes from "./images.module.css";
import { policyPreviewQuery } from "./queries";

interface PolicyPreviewProps {
  application: string;
  environment: string;
  /** The rules since typing paused; null while one of them is incomplete. */
  rules: PolicyRuleInput[] | null;
}

/** The verdict of these rules on the known tags, requested again whenever they change. */
export function PolicyPreview({ application, environment, rules }: PolicyPreviewProps) {
  const [tags, setTags] = useState<string[]>([]);
  const query = useQuery({
    ...policyPreviewQuery(application, environment, rules ?? [], tags),
    enabled: rules !== null,
  });
  const problem = query.error ? asProblem(query.error) : null;
  return (
    <section className={classes.column} aria-label="Preview of these rules">
      <h3>Preview of these rules</h3>
      <TagsInput
        label="Other tags to evaluate"
        description="Evaluated as if pushed now, one after the other."
        placeholder="2.0.0-rc1"
        splitChars={[",", " "]}
        value={tags}
        onChange={setTags}
      />
      <div role="status" className={classes.column}>
        {rules === null ? <p className={classes.dim}>A rule is incomplete.</p> : null}
        {problem ? (
          <Note tone="bad" title={problem.title}>
            <p>{problem.detail}</p>
          </Note>
        ) : null}
      </div>
      {query.isPending && query.isFetching ? <Loading what="known tags" rows={3} /> : null}
      {query.data ? (
        <div className={`${classes.column} ${classes.preview}`} data-old={query.isPlaceholderData || undefined}>
          {query.data.containers.length === 0 ? (
            <p className={classes.dim}>No pushed tags yet for the repositories that run here. Enter tags above.</p>
          ) : null}
          {query.data.containers.map((container) => (
            <ContainerTags key={`${container.workload.name} ${container.container}`} preview={container} />
          ))}
        </div>
      ) : null}
    </section>
  );
}

const accepted: Status = { label: "Accepted", tone: "good", icon: "check" };
const chosen: Status = { label: "Accepted, newest", tone: "good", icon: "auto" };
const refused: Status = { label: "Refused", tone: "idle", icon: "cross" };

function ContainerTags({ preview }: { preview: ContainerPreview }) {
  return (
    <div>
      <p>
        <strong>{preview.container}</strong> <span className={classes.dim}>{preview.repository}</span>
      </p>
      <ul className={classes.tags} aria-label={`Tags for ${preview.container}`}>
        {preview.tags.map((tag) => (
          <li key={tag.push} data-chosen={tag.chosen || undefined}>
            <div className={classes.tagLine}>
              <span className={classes.tag}>{tag.tag}</span>
              <StatusBadge quiet status={tag.chosen ? chosen : tag.taken ? accepted : refused} />
            </div>
            {tag.reason ? <span className={classes.sub}>{tag.reason}</span> : null}
          </li>
        ))}
      </ul>
    </div>
  );
}
