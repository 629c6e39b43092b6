import { Button, Group, Select, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { applicationNamesQuery } from "@/api/applications";
import type { ExplainedRight } from "@/api/contract";
import { environmentsQuery } from "@/api/environments";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { bindingWords, type Whom } from "./model";
import { explainedQuery, type Asked } from "./queries";
import classes from "./roles.module.css";
import { SubjectFields } from "./subject-fields";

const nothing: Asked = { subject_kind: "person", subject_id: "", application: "", environment: "" };

const isWhole = ({ subject_id: id, application, environment }: Asked): boolean =>
  [id.trim(), application, environment].every(Boolean);

/** What somebody may do with one application in one environment, and by which roles. */
export function WhySection({ whom }: { whom: Whom | undefined }) {
  const applications = useQuery(applicationNamesQuery);
  const environments = useQuery(environmentsQuery);
  const [form, setForm] = useState<Asked>(
    whom ? { ...nothing, subject_kind: whom.kind, subject_id: whom.id } : nothing,
  );
  const [asked, setAsked] = useState<Asked | null>(null);
  const set = (changes: Partial<Asked>) => setForm((before) => ({ ...before, ...changes }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWhole(form)) setAsked({ ...form, subject_id: form.subject_id.trim() });
  };
  return (
    <Section title="What may somebody do, and why?">
      <form onSubmit={submit}>
        <Stack gap="sm" maw={520}>
          <SubjectFields
            kind={form.subject_kind}
            id={form.subject_id}
            onChange={({ kind, id }) => set({ subject_kind: kind, subject_id: id })}
          />
          <Select
            label="Application"
            required
            searchable
            data={applications.data ?? []}
            value={form.application || null}
            onChange={(value) => set({ application: value ?? "" })}
          />
          <Select
            label="Environment"
            required
            data={environments.data?.map(({ name }) => name) ?? []}
            value={form.environment || null}
            onChange={(value) => set({ environment: value ?? "" })}
          />
          <Group>
            <Button type="submit" variant="default" disabled={!isWhole(form)}>
              Explain
            </Button>
          </Group>
        </Stack>
      </form>
      {asked ? <Answer asked={asked} /> : null}
    </Section>
  );
}

function Answer({ asked }: { asked: Asked }) {
  const query = useQuery(explainedQuery(asked));
  return (
    <div role="region" aria-label={`Rights on ${asked.application} in ${asked.environment}`} className={classes.answer}>
      <Loaded query={query} what="rights">
        {(rights) => (
          <table className={classes.rights}>
            <caption>
              On {asked.application} in {asked.environment}
            </caption>
            <thead>
              <tr>
                <th scope="col">Right</th>
                <th scope="col">Held</th>
                <th scope="col">Because of</th>
              </tr>
            </thead>
            <tbody>
              {rights.map((each) => (
                <Row key={each.right} explained={each} />
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
    </div>
  );
}

function Row({ explained: { right, held, because_of: reasons } }: { explained: ExplainedRight }) {
  return (
    <tr>
      <th scope="row">{right}</th>
      <td>
        <span className={classes.held}>
          <Icon name={held ? "check" : "dash"} size={13} /> {held ? "yes" : "no"}
        </span>
      </td>
      <td>
        {held && reasons.length === 0 ? "What you may not see" : null}
        {reasons.map((binding) => (
          <span key={binding.id} className={classes.reason}>
            {bindingWords(binding)}
            <span className={classes.sub}>given by {binding.created_by.name}</span>
          </span>
        ))}
      </td>
    </tr>
  );
}
