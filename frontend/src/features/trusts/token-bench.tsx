import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { TokenTrial, TrustTrial } from "@/api/contract";
import { Icon } from "@/ui/icons";
import { Note } from "@/ui/note";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { signatureStatus, trialStatus } from "./model";
import { useTestToken } from "./mutations";
import classes from "./trusts.module.css";

/** Where a CI job's token is pasted, and each trust says claim by claim what fits. The token is not kept. */
export function TokenBench() {
  const [token, setToken] = useState("");
  const test = useTestToken();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // What was pasted leaves the page at once: it is a credential until it expires.
    test.mutate(token.trim());
    setToken("");
  };
  return (
    <Section title="Test a token">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Textarea
            label="Token of a CI job"
            description="It is neither stored nor logged, and stays unused: the job can still exchange it"
            placeholder="eyJ…"
            required
            rows={3}
            spellCheck={false}
            autoComplete="off"
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
          />
          <Group>
            <Button type="submit" variant="default" loading={test.isPending}>
              Test
            </Button>
          </Group>
          {test.error ? <ProblemAlert error={test.error} /> : null}
        </Stack>
      </form>
      {test.data ? <Trials trial={test.data} /> : null}
    </Section>
  );
}

function Trials({ trial }: { trial: TokenTrial }) {
  const chosen = trial.trials.find((each) => each.trust_id === trial.chosen);
  return (
    <div role="region" aria-label="Result">
      <Note
        tone={chosen && !trial.taken ? "good" : "warn"}
        title={chosen ? `The token acts for ${chosen.trust}` : "No trust admits the token"}
      >
        <p>
          Issuer {trial.issuer ?? "none"}, signed with {trial.algorithm}.
          {trial.taken ? " It was exchanged before, so another exchange is refused." : ""}
        </p>
      </Note>
      {trial.trials.map((each) => (
        <Trial key={each.trust_id} trial={each} />
      ))}
    </div>
  );
}

function Trial({ trial }: { trial: TrustTrial }) {
  return (
    <article className={classes.trial} aria-label={trial.trust}>
      <div className={classes.heading}>
        <h3>{trial.trust}</h3>
        <StatusBadge status={trialStatus(trial)} />
        <StatusBadge status={signatureStatus[trial.signature]} quiet hint={trial.signature_detail} />
      </div>
      <table className={classes.checks}>
        <thead>
          <tr>
            <th scope="col">Claim</th>
            <th scope="col">Required</th>
            <th scope="col">In the token</th>
          </tr>
        </thead>
        <tbody>
          {trial.rows.map((row, index) => (
            <tr key={index}>
              <th scope="row">
                <Icon name={row.fits ? "check" : "cross"} size={13} /> {row.claim}
                <span className="sc-unseen">{row.fits ? " fits" : " does not fit"}</span>
              </th>
              <td>{row.required}</td>
              <td>
                {row.found ?? "–"}
                {!row.fits && row.detail ? <span className={classes.sub}>{row.detail}</span> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </article>
  );
}
